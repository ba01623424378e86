"""Handing in, in the admin: by subject."""

from .accommodations import AccommodationAdmin
from .assignments import AssignmentAdmin
from .extensions import ExtensionAdmin, ExtensionRequestAdmin
from .submissions import SubmissionAdmin

__all__ = ["AccommodationAdmin", "AssignmentAdmin", "ExtensionAdmin", "ExtensionRequestAdmin", "SubmissionAdmin"]
