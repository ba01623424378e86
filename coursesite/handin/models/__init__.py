"""What is handed in, by whom and by when: one mechanism for homework sets and project milestones.

An assignment is handed in by one student (homework) or one team (milestone); a submission names one of the
two, and everything above (grading, receipts, previews) works on submissions alone.
"""

from .assignments import PART_KINDS, Assignment, AssignmentQuerySet, Handout, Kind, Part, Problem, owned_by
from .extensions import Accommodation, Extension, ExtensionRequest, Outage, RequestState
from .submissions import Receipt, Scan, Submission, SubmissionQuerySet, SubmittedFile, Withdrawal
from .tags import Tag

__all__ = [
    "PART_KINDS", "Accommodation", "Assignment", "AssignmentQuerySet", "Extension", "ExtensionRequest", "Handout",
    "Kind", "Outage", "Part", "Problem", "Receipt", "RequestState", "Scan", "Submission", "SubmissionQuerySet",
    "SubmittedFile", "Tag", "Withdrawal",
    "owned_by",
]  # fmt: skip
