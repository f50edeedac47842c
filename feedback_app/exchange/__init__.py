"""What regions learn from each other: good practices, theme pages, and a digest by e-mail."""
