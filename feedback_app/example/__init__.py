"""Example data of any size: made up, the same for the same seed, and marked as example for good."""

from feedback_app.example.command import example

__all__ = ["example"]
