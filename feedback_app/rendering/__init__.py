"""Turns HTML that we wrote into tagged PDF: the one place in the house that knows WeasyPrint."""
