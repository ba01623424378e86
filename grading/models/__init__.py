"""Judge: the scheme, marks, scores, and the course grades computed from them.

Every table that people change keeps a history by trigger; what changes a figure marks it stale by trigger.
"""

from coursesite.roster.history import DatabaseRole

from .arrangements import (
    Arrangement,
    Duty,
    SecondMark,
    Split,
    closed,
    elsewhere,
    nameless,
    open_problems,
    problems_elsewhere,
)
from .claims import Claim, Referral, Skip
from .columns import percent_field, points_field
from .feedback import Annotation, Remark, SavedComment, Shape
from .final import Amendment as Amendment
from .final import FinalGrade as FinalGrade
from .final import SignOff as SignOff
from .grades import CourseGrade, Stale
from .imports import PendingImport as PendingImport
from .keys import DeskKeys
from .live import LivePoints, LiveSheet
from .marks import Mark
from .overrides import AUDITS, INCOMPLETE, Override
from .regrades import Regrade, RegradeMessage, RegradeQuerySet, RegradeState
from .rubrics import Applied, Rubric, RubricGroup, RubricItem
from .scheme import Category, Cutoff, Item
from .scores import Score, ScoreQuerySet, Source
from .seals import sealed, to_read_again, unseen
from .withheld import scores_elsewhere

__all__ = [
    "AUDITS", "INCOMPLETE", "Annotation", "Applied", "Arrangement", "Category", "Claim", "CourseGrade", "Cutoff",
    "DatabaseRole", "DeskKeys", "Duty", "Item", "LivePoints", "LiveSheet", "Mark", "Override", "Referral",
    "Regrade", "RegradeMessage", "RegradeQuerySet", "RegradeState", "Remark", "Rubric", "RubricGroup",
    "RubricItem", "SavedComment", "Score", "ScoreQuerySet", "SecondMark", "Shape", "Skip", "Source", "Split",
    "Stale", "closed", "elsewhere", "nameless", "open_problems", "percent_field", "points_field",
    "problems_elsewhere", "scores_elsewhere", "sealed", "to_read_again", "unseen",
]  # fmt: skip
