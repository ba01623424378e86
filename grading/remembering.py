"""What the history tells: each step of a cell, a column or a letter, with who, when, from, to and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from coursesite.roster.history import events_of
from coursesite.roster.models import Enrollment, User

from . import written
from .models import Item, Override, Score

JOBS = {
    "grading.tasks.write_missing": "the deadline job",
    "grading.tasks.reconcile": "the worker",
}
ITEM = ("title", "points_possible", "position", "category_id", "released_at")


@dataclass(frozen=True)
class Step:
    """`outside` is the database role that wrote it when nobody of the application did."""

    at: datetime
    who: str
    outside: str
    before: str
    after: str
    why: str = ""
    how: str = ""


def history(model: type[models.Model]) -> models.QuerySet[Any]:
    return events_of(model)._default_manager.all()


def of_cell(item: Item, student: Enrollment) -> list[Step]:
    """The newest first; two queries."""
    events = history(Score).filter(item=item.pk, enrollment=student.pk)
    return steps(events, said_of_score, why_of_score)


def of_letter(student: Enrollment) -> list[Step]:
    events = history(Override).filter(enrollment=student.pk)
    return steps(events, lambda event: event.letter, lambda event, before: event.reason)


def of_column(item: Item) -> list[Step]:
    """What changed of it, its release among it."""
    return steps(history(Item).filter(pgh_obj=item.pk), said_of_item, lambda event, before: "")


def said_of_score(event: Any) -> str:
    said = written.told(written.short(event.state, event.points))
    lost = f", {event.raw_points.normalize():f} before lateness" if event.raw_points not in (None, event.points) else ""
    return f"{said}{lost}"


def why_of_score(event: Any, before: Any) -> str:
    """A reason that an earlier change left in the row is none for this one."""
    return "" if before is not None and before.reason == event.reason else event.reason


def said_of_item(event: Any) -> str:
    released = "released" if event.released_at else "not released"
    return f"{event.title}, of {event.points_possible.normalize():f}, {released}"


def steps(events: Any, said: Any, why: Any) -> list[Step]:
    found = list(events.select_related("pgh_context").order_by("pgh_id"))
    people = names(event.pgh_context.metadata for event in found if event.pgh_context)
    return list(reversed(list(told(found, people, said, why))))


def told(events: list[Any], people: dict[int, str], said: Any, why: Any) -> Iterator[Step]:
    before: Any = None
    for event in events:
        after = None if event.pgh_label == "delete" else event
        given = event.pgh_context.metadata if event.pgh_context else {}
        yield Step(
            at=event.pgh_created_at,
            who=actor(given, people),
            outside="" if given else event.database_role,
            before=said(before) if before else "",
            after=said(after) if after else "deleted",
            why=given.get("reason") or (why(event, before) if after and given else ""),
            how=way(given),
        )
        before = after


def actor(given: dict[str, Any], people: dict[int, str]) -> str:
    if given.get("user"):
        return people.get(given["user"], "somebody who is gone")
    if "task" in given:
        return JOBS.get(given["task"], str(given["task"]))
    return f"the command {given['command']}" if "command" in given else ""


def way(given: dict[str, Any]) -> str:
    url = str(given.get("url", ""))
    known = {
        "/desk/": "on the grading desk",
        "/gradebook/": "in the gradebook",
        "/api/": "by the API",
        "/import/": "by an import",
    }
    return next((said for part, said in known.items() if part in url), "")


def names(contexts: Iterable[dict[str, Any]]) -> dict[int, str]:
    keys = {given["user"] for given in contexts if given.get("user")}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=keys)} if keys else {}
