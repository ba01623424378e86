"""Final grades: looked at, signed off, amended; the list of letters for the registrar."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from coursesite.roster.access import Visit

from ..models import INCOMPLETE, Item, Score, SignOff
from ..policy import State
from ..services import export, signing_off
from .page import leaders_page


@leaders_page
def final(visit: Visit) -> HttpResponseBase:
    if visit.request.method != "POST":
        return shown(visit)
    try:
        messages.success(visit.request, done(visit))
    except ValidationError as problem:
        return shown(visit, problem.messages, status=409)
    return redirect("final:final", visit.course.slug)


def done(visit: Visit) -> str:
    """The act that the form asks for, in words."""
    sent, now = visit.request.POST, timezone.now()
    told: dict[str, Any] = {"course": visit.course, "by": visit.request.user, "now": now}
    if "amend" in sent:
        student = int(sent["amend"]) if sent["amend"].isdecimal() else 0
        made = signing_off.amend(student=student, reason=sent.get("reason", ""), seen=sent.get("seen", ""), **told)
        return f"{made.enrollment.user} has {made.letter or 'no letter'} now; the signed grade stays beside it."
    if "amend-all" in sent:
        count = signing_off.amend_all(reason=sent.get("reason", ""), seen=sent["amend-all"], **told)
        return f"{count} grades are amended; the signed ones stay beside them."
    if "withdraw" in sent:
        signing_off.withdraw(reason=sent.get("reason", ""), **told)
        return "The signature is taken back."
    if sent.get("checked") != "yes":
        raise ValidationError("Tick that you have checked the grades, and then sign.")
    signing_off.sign(seen=sent.get("seen", ""), **told)
    return "Signed. From now on grades change by amendments with a reason."


def shown(visit: Visit, problems: list[str] | None = None, status: int = 200) -> HttpResponse:
    sign_off = signing_off.standing(visit.course)
    told = of_signed(sign_off) if sign_off else of_open(visit)
    return visit.page("grading/final.html", status, sign_off=sign_off, problems=problems or [], **told)


def of_open(visit: Visit) -> dict[str, Any]:
    """What would be signed, and what somebody should know before."""
    numbers = signing_off.grades(visit.course)
    items = Item.objects.filter(category__course=visit.course)
    graded = Score.objects.filter(item__in=items, enrollment__in=[g.enrollment.pk for g in numbers])
    settled = graded.exclude(state=State.UNGRADED.value).count()
    return {
        "numbers": numbers,
        "spread": sorted(Counter(g.letter or "—" for g in numbers).items()),
        "open": len(numbers) * items.count() - settled,
        "unreleased": list(items.filter(released_at=None)),
        "incomplete": [g for g in numbers if g.letter == INCOMPLETE],
        "seen": signing_off.digest(visit.course, numbers),
        "before": SignOff.objects.filter(course=visit.course).select_related("signed_by", "withdrawn_by"),
    }


def of_signed(sign_off: SignOff) -> dict[str, Any]:
    rows = signing_off.rows(sign_off)
    differing = [row for row in rows if row.differs]
    return {
        "rows": rows,
        "differing": differing,
        "all": signing_off.digest(sign_off.course, [row.now for row in differing if row.now]),
        "amended": [row for row in rows if row.amendments],
        "untouched": signing_off.signed_digest(sign_off) == sign_off.digest,
    }


def standing(visit: Visit) -> SignOff:
    found = signing_off.standing(visit.course)
    if found is None:
        raise Http404
    return found


@leaders_page
def letters(visit: Visit) -> StreamingHttpResponse:
    name = export.file_name(visit.course, "letters", timezone.now())
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    lines = signing_off.letters(standing(visit))
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


@leaders_page
def to_print(visit: Visit) -> HttpResponse:
    sign_off = standing(visit)
    return visit.page("grading/letters.html", sign_off=sign_off, rows=signing_off.letter_list(sign_off))
