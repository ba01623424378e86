"""What a grader prefers at the desk."""

from __future__ import annotations

from django.db import models

from coursesite.roster.models import User


class DeskKeys(models.Model):
    """The keys that this grader has changed, by action."""

    grader = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="desk_keys")
    keys = models.JSONField(default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "keys of the desk"

    def __str__(self) -> str:
        return f"Keys of {self.grader}"
