"""Which page, or cell of a notebook, answers which problem."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from coursesite.roster.history import remembered
from coursesite.roster.models import User

from .assignments import Problem
from .submissions import SubmittedFile


@remembered()
class Tag(models.Model):
    """One page of one version and one problem; several of each may belong together.

    `carried` tags stood on the version before and nobody has looked at them since.
    """

    used = models.ForeignKey(SubmittedFile, models.CASCADE, related_name="tags")
    page = models.PositiveIntegerField(validators=[MinValueValidator(1)], help_text="Of the file; a notebook's cell.")
    problem = models.ForeignKey(Problem, models.PROTECT, related_name="+")
    carried = models.BooleanField(default=False)
    tagged_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    tagged_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["used__part__position", "used__position", "page", "problem__number"]
        constraints = [
            models.UniqueConstraint(fields=["used", "page", "problem"], name="tag_once"),
            models.CheckConstraint(condition=Q(page__gte=1), name="tag_page"),
        ]

    def __str__(self) -> str:
        return f"{self.used}, page {self.page}: {self.problem}"
