"""Receipts, and the files themselves: to their owners and the staff, never as a page of ours."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from coursesite.files.uploads import Fingerprint, HashOnly
from coursesite.roster.access import Visit, ask_to_sign_in, course_page, enter
from coursesite.roster.models import Enrollment, type_user

from . import allowances, extensions, preflight, queries, receipts, scans, services, signing, tagging
from .forms import AskForm
from .models import (
    Assignment,
    ExtensionRequest,
    Handout,
    Receipt,
    RequestState,
    Scan,
    Submission,
    SubmissionQuerySet,
    SubmittedFile,
)
from .owners import of_owner

# Whatever an uploaded file holds, it runs, loads and sends nothing.
INERT = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
Served = Callable[..., HttpResponseBase]


def opens(of: Callable[[type_user], SubmissionQuerySet]) -> Callable[[Served], Served]:
    """Opens the submission if it is among those of this person; 404 else."""

    def wrap(view: Served) -> Served:
        @wraps(view)
        def handle(request: HttpRequest, submission: UUID, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return ask_to_sign_in(request)
            related = ("assignment__course", "enrollment__user", "team", "submitted_by")
            mine = of(request.user).select_related(*related)
            return view(request, get_object_or_404(mine, pk=submission), *args, **kwargs)

        return handle

    return wrap


# Pages that name the owner; and the work itself, which graders see without names as well.
of_submission = opens(Submission.objects.named_to)
of_work = opens(Submission.objects.visible_to)


def to_receipt(made: Submission, new: bool) -> HttpResponse:
    """After handing in. In the address, not in a message: a script that sends the form loads the page once before the
    reader does."""
    return HttpResponseRedirect(reverse("handin:receipt", args=[made.pk]) + ("" if new else "?same"))


@of_submission
def receipt(request: HttpRequest, submission: Submission) -> HttpResponse:
    visit = enter(request, submission.assignment.course.slug)
    timezone.activate(visit.course.zone)
    check = preflight.check(submission)
    came = {card.used.part_id for card in check.cards}
    lacking = [part for part in submission.assignment.parts.all() if part.required and part.pk not in came]
    open_still = timezone.now() <= submission.assignment.rule_for(submission.owner).closes_at
    may_choose = open_still and visit.student is not None and not submission.is_current
    may_withdraw = open_still and visit.student is not None and submission.is_current
    context: dict[str, Any] = {
        "submission": submission,
        "check": check,
        "same": "same" in request.GET,
        "lacking": lacking,
        "may_choose": may_choose,
        "may_withdraw": may_withdraw,
        "counted": Submission.objects.current().filter(**of_owner(submission.assignment, submission.owner)).exists(),
    }
    return visit.page("handin/receipt.html", **context)


@of_submission
def card(request: HttpRequest, submission: Submission, used: int) -> HttpResponse:
    """One file, asked for again and again by the receipt until the worker has looked into it."""
    found = next((card for card in preflight.check(submission).cards if card.used.pk == used), None)
    if found is None:
        raise Http404
    return render(request, "handin/_card.html", {"submission": submission, "card": found})


@of_submission
@require_POST
def turn(request: HttpRequest, submission: Submission, used: int) -> HttpResponse:
    """A photo that lies on its side is turned by a quarter."""
    photo = get_object_or_404(SubmittedFile.objects.select_related("file"), pk=used, submission=submission)
    try:
        scans.turn(used=photo, user=request.user, by=270 if "left" in request.POST else 90)  # type: ignore[arg-type]
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
    if request.headers.get("HX-Request"):
        return card(request, submission=submission.pk, used=used)  # type: ignore[return-value]
    return redirect(reverse("handin:receipt", args=[submission.pk]) + f"#file-{used}")


@of_submission
def scan(request: HttpRequest, submission: Submission, scan: int) -> HttpResponseBase:
    """All photos of a part as one PDF."""
    found = get_object_or_404(Scan.objects.exclude(made_at=None), pk=scan, submission=submission)
    name = f"{submission.assignment.slug}-{found.part.key}-version-{submission.number}.pdf"
    return served(found.path, "application/octet-stream", as_attachment=True, filename=name)


@of_submission
@require_http_methods(["GET", "POST"])
def tags(request: HttpRequest, submission: Submission) -> HttpResponse:
    """Saves which page answers what; says what is still without a page."""
    problem = save_tags(request, submission) if request.method == "POST" else ""
    if request.headers.get("HX-Request"):
        context = {"submission": submission, "check": preflight.check(submission), "problem": problem}
        return render(request, "handin/_tagged.html", context | {"saved": request.method == "POST" and not problem})
    if request.method == "POST":
        messages.add_message(request, messages.ERROR if problem else messages.SUCCESS, problem or "Tags saved.")
    return redirect(reverse("handin:receipt", args=[submission.pk]) + "#check")


def save_tags(request: HttpRequest, submission: Submission) -> str:
    """What was wrong with them; empty when they are saved."""
    try:
        chosen = [cast(tagging.Choice, tuple(map(int, text.split("-")))) for text in request.POST.getlist("tag")]
        tagging.tag(submission=submission, by=request.user, chosen=chosen)  # type: ignore[arg-type]
    except ValidationError as problem:
        return " ".join(problem.messages)
    except (TypeError, ValueError):
        return "These tags can't be read. Load this page anew, and tag again."
    return ""


@of_submission
@require_POST
def choose(request: HttpRequest, submission: Submission) -> HttpResponse:
    """The owner says which version counts."""
    try:
        services.choose(submission=submission, author=request.user)  # type: ignore[arg-type]
        messages.success(request, f"Version {submission.number} counts now.")
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
    return redirect("handin:receipt", submission.pk)


@of_submission
@require_POST
def withdraw_work(request: HttpRequest, submission: Submission) -> HttpResponse:
    """The owner takes the work back; its versions stay."""
    try:
        services.withdraw(submission=submission, author=request.user)  # type: ignore[arg-type]
        messages.success(request, f"Withdrawn: nothing is handed in for {submission.assignment} now.")
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
    return redirect("handin:receipt", submission.pk)


@of_submission
def receipt_text(request: HttpRequest, submission: Submission) -> HttpResponse:
    issued = get_object_or_404(Receipt, submission=submission)
    headers = {"Content-Disposition": f'attachment; filename="receipt-{submission.pk}.txt"'}
    return HttpResponse(issued.text, content_type="text/plain; charset=utf-8", headers=headers)


@csrf_exempt  # it changes nothing, and its files must meet their handler before anything reads the form
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """For anybody who is shown a receipt: is it ours, and are these its files?"""
    context: dict[str, Any] = {"key": signing.public_pem()}
    if request.method == "POST":
        request.upload_handlers = [HashOnly(request)]
        sent, compared = (cast(list[Fingerprint], request.FILES.getlist(name)) for name in ("receipt", "file"))
        text = sent[0].start.decode(errors="replace") if sent else request.POST.get("text", "")
        reading = receipts.read(text)
        files = [(file.name, reading.files.get(file.sha256)) for file in compared]
        context |= {"asked": True, "given": bool(text.strip()), "reading": reading, "files": files}
        context["text"] = "" if sent else text
    return render(request, "handin/verify.html", context)


def public_key(request: HttpRequest) -> HttpResponse:
    headers = {"Content-Disposition": 'attachment; filename="coursesite-receipts.pem"'}
    return HttpResponse(signing.public_pem(), content_type="application/x-pem-file", headers=headers)


@of_work
def download(request: HttpRequest, submission: Submission, used: int) -> HttpResponseBase:
    found = get_object_or_404(SubmittedFile.objects.select_related("file", "part"), pk=used, submission=submission)
    named = Submission.objects.named_to(request.user).filter(pk=submission.pk).exists()
    name = found.file.download_name if named else found.plain_name
    return served(found.file.path, "application/octet-stream", as_attachment=True, filename=name)


@of_work
def preview_page(request: HttpRequest, submission: Submission, used: int, page: int) -> HttpResponseBase:
    return preview(submission, used, f"{page}.png", "image/png")


@of_work
def preview_notebook(request: HttpRequest, submission: Submission, used: int) -> HttpResponseBase:
    return preview(submission, used, "notebook.html", "text/html; charset=utf-8")


def preview(submission: Submission, used: int, name: str, content_type: str) -> HttpResponseBase:
    file = get_object_or_404(SubmittedFile.objects.select_related("file"), pk=used, submission=submission).file
    return served(file.preview_path / name, content_type)


def served(path: Path, content_type: str, **options: Any) -> FileResponse:
    """Streamed; the browser guesses nothing about it."""
    if not path.is_file():
        raise Http404
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": INERT,
        "Cache-Control": "private, no-store",
        "X-Frame-Options": "SAMEORIGIN",  # the receipt shows a notebook in a frame
    }
    return FileResponse(path.open("rb"), content_type=content_type, headers=headers, **options)


@course_page
def ask(visit: Visit, assignment: str) -> HttpResponse:
    """A student asks for more time, and sees what became of it."""
    visible = Assignment.objects.visible_to(visit.request.user, now=timezone.now()).filter(course=visit.course)
    row = get_object_or_404(visible.with_own_rule(visit.student), slug=assignment)
    if visit.student is None:
        raise Http404
    sent = visit.request.POST if visit.request.method == "POST" else None
    if sent is not None and "withdraw" in sent:
        return withdraw(visit, visit.student, row)
    if sent is not None and "late_days" in sent:
        return spend(visit, visit.student, row)
    form = AskForm(sent, initial={"wished": timezone.localtime(row.own_rule.closes_at) + timedelta(days=1)})
    if form.is_valid() and asked(visit, row, form):
        return redirect("extensions:ask", visit.course.slug, row.slug)
    requests = ExtensionRequest.objects.filter(assignment=row, enrollment=visit.student)
    context = {"row": row, "form": form, "requests": requests, "waiting": any(r.state == "open" for r in requests)}
    if visit.course.late_budget and not row.by_team:
        context |= {
            "days": allowances.choices(row, visit.student),
            "spent": allowances.days_of(row, visit.student),
            "left": queries.late_days_left(visit.student),
        }
    return visit.page("handin/ask.html", status=400 if form.is_bound else 200, **context)


def asked(visit: Visit, row: Assignment, form: AskForm) -> bool:
    assert visit.student
    try:
        made = extensions.ask(assignment=row, student=visit.student, **form.cleaned_data)
    except ValidationError as problem:
        form.add_error(None, problem)
        return False
    granted = made.state == RequestState.GRANTED
    messages.success(visit.request, "Granted: you have more time." if granted else "Asked. The answer comes by mail.")
    return True


def withdraw(visit: Visit, student: Enrollment, row: Assignment) -> HttpResponse:
    found = ExtensionRequest.objects.filter(assignment=row, enrollment=student, state=RequestState.OPEN).first()
    try:
        if found:
            extensions.withdraw(asked=found, student=student)
    except ValidationError as problem:
        messages.error(visit.request, problem.messages[0])
    return redirect("extensions:ask", visit.course.slug, row.slug)


def spend(visit: Visit, student: Enrollment, row: Assignment) -> HttpResponse:
    """Late days: nobody decides, and the deadline moves at once."""
    try:
        days = int(visit.request.POST["late_days"])
        allowances.spend(assignment=row, student=student, days=days)
        now_due = extensions.local(row, row.rule_for(student).due_at)
        messages.success(visit.request, f"{row.title} is due {now_due} for you.")
    except ValidationError as problem:
        messages.error(visit.request, " ".join(problem.messages))
    except ValueError:
        messages.error(visit.request, "Choose a number of days.")
    return redirect("extensions:ask", visit.course.slug, row.slug)


@course_page
def handout(visit: Visit, handout: int) -> HttpResponseBase:
    """A template, data or solutions, to everybody who may see them at this moment."""
    mine = Handout.objects.visible_to(visit.request.user, now=timezone.now()).filter(assignment__course=visit.course)
    file = get_object_or_404(mine.select_related("file"), pk=handout).file
    return served(file.path, "application/octet-stream", as_attachment=True, filename=file.name)
