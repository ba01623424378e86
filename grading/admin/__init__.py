"""The staff's side of grading, in the admin."""

from . import items, regrades, scheme, scores

__all__ = ["items", "regrades", "scheme", "scores"]
