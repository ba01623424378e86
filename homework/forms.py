"""Files, and who is acknowledged for each problem."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.functional import cached_property

from coursesite.handin.forms import FilesForm
from coursesite.handin.models import Submission
from coursesite.roster.models import Enrollment

from .models import Homework
from .services import Credit

ALONE, TOGETHER = "nobody", "somebody"
WHO = [(ALONE, "I worked on it alone"), (TOGETHER, "Others helped, or I used sources or tools")]


class HandInForm(FilesForm):
    def __init__(self, request: HttpRequest, homework: Homework, enrollment: Enrollment) -> None:
        super().__init__(request, homework)
        self.enrollment = enrollment
        self.problems = list(homework.problems.all())
        for problem in self.problems:
            for name, field in fields(problem.number).items():
                self.fields[name] = field
        if not self.is_bound:
            self.take_over()

    @cached_property
    def taken_over(self) -> Submission | None:
        """The version that counts, whose files and acknowledgements go along into the next one."""
        found: Submission | None = self.assignment.submissions.current().filter(enrollment=self.enrollment).first()
        return found

    @cached_property
    def mates(self) -> list[Enrollment]:
        return classmates(self.enrollment)

    @cached_property
    def names(self) -> dict[int, str]:
        return called(self.mates)

    def take_over(self) -> None:
        """What that version acknowledged stands in the form, to be confirmed."""
        version = self.taken_over
        if version is None:
            return
        for row in version.acknowledgements.select_related("problem").prefetch_related("classmates__user"):
            number = row.problem.number
            said = [self.names.get(mate.pk) or str(mate.user) for mate in row.classmates.all()]
            self.initial[f"who-{number}"] = ALONE if row.nobody else TOGETHER
            self.initial[f"mates-{number}"] = ", ".join(said)
            self.initial[f"others-{number}"] = row.others

    def problem_fields(self) -> list[dict[str, Any]]:
        return [
            {"problem": problem} | {name: self[f"{name}-{problem.number}"] for name in ("who", "mates", "others")}
            for problem in self.problems
        ]

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        known = by_name(self.mates) if any(found.get(f"mates-{p.number}") for p in self.problems) else {}
        self.acknowledged = dict[int, Credit]()
        for problem in self.problems:
            try:
                self.acknowledged[problem.number] = credit(found, problem.number, known)
            except ValidationError as mistake:
                self.add_error(f"mates-{problem.number}", mistake)
        return found


def classmates(enrollment: Enrollment) -> list[Enrollment]:
    mates = Enrollment.objects.active().students().filter(course=enrollment.course_id).exclude(pk=enrollment.pk)
    return list(mates.select_related("user", "section"))


def called(mates: Sequence[Enrollment]) -> dict[int, str]:
    """What each is called: by name, and where two share it, with their section."""
    names = Counter(str(mate.user).casefold() for mate in mates)
    return {
        mate.pk: f"{mate.user} ({mate.section})" if names[str(mate.user).casefold()] > 1 else str(mate.user)
        for mate in mates
    }


def by_name(mates: Sequence[Enrollment]) -> dict[str, list[int]]:
    """Whom a name may mean, with a section or without one."""
    found, names = defaultdict(list), called(mates)
    for mate in mates:
        for name in {str(mate.user).casefold(), names[mate.pk].casefold()}:
            found[name].append(mate.pk)
    return found


def found_by(words: str, enrollment: Enrollment) -> list[str]:
    """Names of classmates in which each of these words begins a word; nothing else about them."""
    mates = Enrollment.objects.active().students().filter(course=enrollment.course_id).exclude(pk=enrollment.pk)
    for word in words.split():
        mates = mates.filter(user__name__iregex=rf"(^|[\s-]){re.escape(word)}")
    # Who share a name stand beside each other, so that those who are shown know of each other.
    rows = mates.select_related("user", "section").order_by("user__sort_name")
    return list(called(list(rows[: MOST_FOUND + 1])).values())


MOST_FOUND = 8


@lru_cache(maxsize=100)
def fields(number: int) -> dict[str, forms.Field]:
    """Made once for all forms, none of which changes them."""
    return {
        f"who-{number}": forms.ChoiceField(
            label=f"Problem {number}",
            choices=WHO,
            widget=forms.RadioSelect,
            error_messages={"required": "Say whether you worked on it alone."},
        ),
        f"mates-{number}": forms.CharField(
            label="Classmates",
            required=False,
            max_length=500,
            help_text="Names, separated by commas",
            widget=forms.TextInput(attrs={"list": "classmates", "autocomplete": "off", "data-classmates": True}),
        ),
        f"others-{number}": forms.CharField(
            label="Other people, sources, tools", required=False, max_length=500, help_text="AI tools included"
        ),
    }


def credit(found: dict[str, Any], number: int, known: dict[str, list[int]]) -> Credit:
    names = split(found.get(f"mates-{number}") or "")
    others = (found.get(f"others-{number}") or "").strip()
    alone = found.get(f"who-{number}") == ALONE
    if alone and (names or others):
        raise ValidationError("You said that you worked alone, and named somebody; choose one.")
    if found.get(f"who-{number}") == TOGETHER and not names and not others:
        raise ValidationError("Name who or what helped.")
    return Credit(frozenset(one(name, known) for name in names), others)


def split(text: str) -> list[str]:
    return [name.strip() for name in re.split(r"[,;\n]", text) if name.strip()]


def one(name: str, known: dict[str, list[int]]) -> int:
    fits = known.get(name.casefold(), [])
    if not fits:
        raise ValidationError(f"“{name}” is no classmate; choose a name from the list, or write it under other people.")
    if len(fits) > 1:
        raise ValidationError(
            f"{len(fits)} classmates are called “{name}”; choose one with the section from the list, or write under "
            "other people which one it is."
        )
    return fits[0]
