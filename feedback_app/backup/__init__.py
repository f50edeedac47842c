"""Keeping a copy: everything in the database as one sealed file, and putting it back into an empty place."""
