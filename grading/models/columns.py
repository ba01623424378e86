"""Columns that several tables share."""

from __future__ import annotations

from decimal import Decimal

from django.db import models


def percent_field(**options: object) -> models.DecimalField[Decimal, Decimal]:
    return models.DecimalField(max_digits=7, decimal_places=2, **options)  # type: ignore[arg-type]


def points_field(**options: object) -> models.DecimalField[Decimal, Decimal]:
    """Four decimals, so that a percent that is imported again keeps its two."""
    return models.DecimalField(max_digits=10, decimal_places=4, **options)  # type: ignore[arg-type]
