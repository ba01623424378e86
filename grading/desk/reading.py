"""What a grader sent from the desk, as the services take it."""

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict

from coursesite.handin.models import Problem
from coursesite.roster.models import User

from ..rubric_policy import ZERO
from ..services import rubrics
from ..services.marking import Given

WRONG = "Points are a number, like 12 or 7.5."


def given(sent: QueryDict, problems: list[Problem], by: User) -> list[Given]:
    """For each problem. An item that is written here first is made, and applies; call it within a transaction."""
    found, mistakes = [], {}
    for problem in problems:
        try:
            found.append(with_new_item(sent, problem, one(sent, problem), by))
        except (InvalidOperation, ValueError):
            mistakes[str(problem.number)] = [WRONG]
        except ValidationError as refusal:
            mistakes[str(problem.number)] = refusal.messages
    if mistakes:
        raise ValidationError(mistakes)
    return found


def one(sent: QueryDict, problem: Problem) -> Given:
    number = problem.number
    comment, version = sent.get(f"comment-{number}", "").strip(), int(sent.get(f"version-{number}") or 0)
    if f"full-{number}" in sent:
        return Given(number, problem.points, comment, version)
    adjustment = points(sent.get(f"adjustment-{number}", "")) or ZERO
    return Given(number, points(sent.get(f"points-{number}", "")), comment, version, items(sent, number), adjustment)


def items(sent: QueryDict, number: int) -> frozenset[int]:
    """Those that are ticked, and the one chosen in each group that allows one."""
    return frozenset(int(key) for key in items_sent(sent, number))


def items_sent(sent: QueryDict, number: int) -> list[str]:
    chosen = [str(sent[name]) for name in sent if name.startswith(f"one-{number}-")]
    return [key for key in [*sent.getlist(f"item-{number}"), *chosen] if key]


def says_anything(sent: QueryDict, number: int) -> bool:
    """Whether something was given to this problem, be it right or wrong."""
    fields = ("points", "adjustment", "comment", "new", "full")
    return any(sent.get(f"{name}-{number}", "").strip() for name in fields) or bool(items_sent(sent, number))


def with_new_item(sent: QueryDict, problem: Problem, read: Given, by: User) -> Given:
    text = sent.get(f"new-{problem.number}", "").strip()
    if not text:
        return read
    worth = points(sent.get(f"worth-{problem.number}", ""))
    item = rubrics.add_item(problem=problem, by=by, text=text, points=worth or ZERO)
    return replace(read, items=read.items | {item.pk}, points=None)


def points(text: Any) -> Decimal | None:
    """Typed with a point or a comma, and with the minus that people's keyboards or pages write."""
    text = text.strip().replace(",", ".").replace("\N{MINUS SIGN}", "-")
    value = Decimal(text) if text else None
    if value is not None and (not value.is_finite() or value != round(value, 4)):
        raise ValueError(text)
    return value
