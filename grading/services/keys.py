"""The keys that a grader uses at the desk."""

from collections.abc import Mapping, Sequence

from django.core.exceptions import ValidationError

from coursesite.roster.models import User

from ..models import DeskKeys


def set_keys(*, grader: User, keys: Mapping[str, str], actions: Sequence[str]) -> None:
    """One key for each action, none twice; nothing at all goes back to how it was at first."""
    found = {action: key.strip().lower() for action, key in keys.items()}
    if found and set(found) != set(actions):
        raise ValidationError("Give every action a key.")
    for action, key in found.items():
        if len(key) != 1 or key.isdigit():
            raise ValidationError(f"{action}: one character that is no digit, since digits apply items.")
    if len(set(found.values())) < len(found):
        raise ValidationError("Two actions have the same key.")
    DeskKeys.objects.update_or_create(grader=grader, defaults={"keys": found})
