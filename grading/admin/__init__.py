"""The staff's side of grading, in the admin."""

from . import comments, items, regrades, scheme, scores

__all__ = ["comments", "items", "regrades", "scheme", "scores"]
