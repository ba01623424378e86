"""Files of scores that somebody looks at before they are imported."""

from __future__ import annotations

import uuid

from django.db import models

from coursesite.roster.models import Course, User


class PendingImport(models.Model):
    """Nothing of it counts until it is confirmed; then, or after a day, it is gone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(Course, models.CASCADE, related_name="+")
    by = models.ForeignKey(User, models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    text = models.TextField()
    exported_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
