"""The acts of homework: handing in, and comparing what was handed in."""

from .handing_in import Credit, Credits, check, credits_of, submit

__all__ = ["Credit", "Credits", "check", "credits_of", "submit"]
