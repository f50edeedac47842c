"""Is all well? What a monitor reads, what the operator's page shows, and what the worker notes of itself."""
