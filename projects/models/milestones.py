"""What each team hands in together."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from coursesite.handin.models import Assignment, AssignmentQuerySet, Kind


class MilestoneManager(models.Manager["Milestone"]):
    def get_queryset(self) -> Any:
        return AssignmentQuerySet(self.model, using=self._db).filter(kind=Kind.MILESTONE)


class Milestone(Assignment):
    """An assignment that each team hands in together."""

    objects: ClassVar[Any] = MilestoneManager.from_queryset(AssignmentQuerySet)()  # type: ignore[arg-type]

    class Meta:
        proxy = True
