"""Judge: the scheme, marks, scores, and the course grades computed from them.

Every table that people change keeps a history by trigger; what changes a figure marks it stale by trigger.
"""

from .columns import DatabaseRole, percent_field, points_field
from .grades import CourseGrade, Stale
from .marks import Mark
from .scheme import Category, Cutoff, Item
from .scores import Score, ScoreEvent, ScoreQuerySet, Source

__all__ = [
    "Category", "CourseGrade", "Cutoff", "DatabaseRole", "Item", "Mark", "Score", "ScoreEvent", "ScoreQuerySet",
    "Source", "Stale", "percent_field", "points_field",
]  # fmt: skip
