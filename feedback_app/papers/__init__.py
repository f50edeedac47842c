"""Privacy papers: what the law asks to be written down, from settings, tables and constants in force."""
