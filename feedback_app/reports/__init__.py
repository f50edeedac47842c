"""What we send: report content, charts, PDF, editions."""
