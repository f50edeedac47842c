"""What we raise: pre-signals, signals, their life."""
