"""The staff's side of grading, in the admin."""

from . import items, scheme, scores

__all__ = ["items", "scheme", "scores"]
