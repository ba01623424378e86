"""Stored files: bytes under a generated key, with what was found out about them. No rule of a course."""

import json
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models

from .inspecting import MOST_PAGES
from .uploads import place_of


class Format(models.TextChoices):
    """The formats that content can be recognised as; names of files decide nothing."""

    PDF = "pdf", "PDF"
    NOTEBOOK = "ipynb", "Jupyter notebook"
    WORD = "docx", "Word (.docx)"
    OTHER = "other", "file"
    IMAGE = "image", "photos or scans (JPEG, PNG, HEIC)"
    LINK = "link", "link"


class StoredFile(models.Model):
    """One upload, kept byte for byte. Its place on disk is made from its id, never from its name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=255, help_text="The name it came with, or the link; for people only.")
    format = models.CharField(max_length=10, choices=Format.choices)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    stored_at = models.DateTimeField(auto_now_add=True)
    inspected_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often the worker has begun to look into it.")
    claimed_until = models.DateTimeField(
        null=True, blank=True, help_text="Until then nobody else begins; void when a worker died over it."
    )
    pages = models.PositiveIntegerField(null=True, blank=True)
    turned = models.PositiveSmallIntegerField(
        default=0, help_text="Degrees by which a photo is turned clockwise, on top of what its camera noted."
    )
    warning = models.CharField(max_length=300, blank=True, help_text="What the student should check.")

    class Meta:
        indexes = [
            models.Index(fields=["tries", "stored_at"], name="file_waiting", condition=models.Q(inspected_at=None)),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(size__gt=0), name="file_not_empty"),
            models.CheckConstraint(condition=models.Q(turned__in=(0, 90, 180, 270)), name="file_turned"),
            models.CheckConstraint(condition=models.Q(sha256__regex="^[0-9a-f]{64}$"), name="file_sha256"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_link(self) -> bool:
        """An address that was typed and kept as text: nobody here ever opens it."""
        return self.format == Format.LINK

    @property
    def download_name(self) -> str:
        return "link.txt" if self.is_link else self.name

    @property
    def page_numbers(self) -> range:
        """The pages that have an image."""
        return range(1, min(self.pages or 0, MOST_PAGES) + 1)

    @property
    def path(self) -> Path:
        return place_of(self.id)

    @property
    def preview_path(self) -> Path:
        """Folder of page images (`1.png` ...) or `notebook.html`, made by the worker."""
        return Path(settings.PREVIEWS_ROOT) / self.id.hex[:2] / self.id.hex

    @property
    def cells(self) -> list[dict[str, Any]]:
        """What the cells of a notebook begin with, as the worker noted it."""
        try:
            found: list[dict[str, Any]] = json.loads((self.preview_path / "cells.json").read_text())
        except (OSError, ValueError):
            return []
        return found
