"""The keys that a grader uses at the desk."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError

from coursesite.roster.models import User

from ..models import DeskKeys

ONE = "One character that is no digit, since digits apply items."


def set_keys(*, grader: User, keys: Mapping[str, str], actions: Mapping[str, str]) -> None:
    """One key for each action, none twice; nothing at all goes back to how it was at first. `actions` says in words
    what each does."""
    found = {action: key.strip().lower() for action, key in keys.items()}
    if found and set(found) != set(actions):
        raise ValidationError("Give every action a key.")
    if mistakes := {action: said for action in found if (said := mistake(action, found, actions))}:
        raise ValidationError(mistakes)
    DeskKeys.objects.update_or_create(grader=grader, defaults={"keys": found})


def mistake(action: str, found: Mapping[str, str], actions: Mapping[str, str]) -> str:
    key = found[action]
    if len(key) != 1 or key.isdigit() or not key.isprintable():
        return ONE
    others = [actions[other] for other in found if other != action and found[other] == key]
    return f"The key {key.upper()} is also that of: {'; '.join(others)}." if others else ""
