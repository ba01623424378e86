"""Days and instants that people enter: none so far away that computing with them, or telling them elsewhere, fails."""

from datetime import date

from django.core.exceptions import ValidationError

EARLIEST, LATEST = 1970, 2200


def is_plausible(moment: date) -> bool:
    """A mistyped or forged year is not: at the ends of the calendar no hour can be added, nor a time zone."""
    return EARLIEST <= moment.year <= LATEST


def plausible(moment: date) -> None:
    """For each field of models and forms that takes a date or an instant."""
    if not is_plausible(moment):
        raise ValidationError(f"Check the year: {EARLIEST} to {LATEST} are taken.")
