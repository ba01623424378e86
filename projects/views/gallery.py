"""The gallery: for the course, or for everybody; files leave as attachments and as images of pages, never as pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from coursesite.handin.views import served
from coursesite.roster.access import Visit, ask_to_sign_in, course_page, enter
from coursesite.roster.models import Course, Enrollment

from ..forms.gallery import GalleryForm, PublishForm
from ..models import Audience, Gallery, Publication, PublishedFile
from ..services import gallery
from ..services.teams import team_of

Page = Callable[..., HttpResponseBase]


def looked_at(view: Page) -> Page:
    """A public gallery is everybody's. Otherwise the way in is that of the course's other pages."""

    @wraps(view)
    def handle(request: HttpRequest, slug: str, **options: Any) -> HttpResponseBase:
        public = Gallery.objects.filter(course__slug=slug, audience=Audience.PUBLIC).select_related("course").first()
        if public is None and not request.user.is_authenticated:
            return ask_to_sign_in(request)
        visit = visit_of(request, slug, public)
        course = visit.course if visit else public.course  # type: ignore[union-attr]
        timezone.activate(course.zone)
        return view(request, visit, course, **options)

    return handle


def visit_of(request: HttpRequest, slug: str, public: Gallery | None) -> Visit | None:
    if not request.user.is_authenticated:
        return None
    try:
        return enter(request, slug)
    except Http404:
        if public is None:
            raise
        return None


def gallery_of(course: Course) -> Gallery:
    return Gallery.objects.filter(course=course).first() or Gallery(course=course)


def shown(course: Course, visit: Visit | None) -> Any:
    """What is in the gallery for this reader; staff see it before it opens."""
    found = Publication.objects.filter(team__course=course).select_related("team")
    opened = gallery_of(course).audience != Audience.CLOSED
    return found.shown() if opened or (visit and visit.is_staff) else found.none()


def page(request: HttpRequest, visit: Visit | None, template: str, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, template, {"visit": visit, **context}, status=status)


@looked_at
def index(request: HttpRequest, visit: Visit | None, course: Course) -> HttpResponse:
    row = gallery_of(course)
    sent = request.POST if request.method == "POST" else None
    if sent is not None and (visit is None or not visit.leads):
        raise Http404
    form = GalleryForm(sent, instance=row) if visit and visit.leads else None
    if form and form.is_bound and form.is_valid():
        gallery.open_to(course=course, audience=form.cleaned_data["audience"], by=request.user)  # type: ignore[arg-type]
        messages.success(request, "Saved.")
        return redirect("gallery:index", course.slug)
    team = team_of(visit.student) if visit and visit.student else None
    return page(
        request,
        visit,
        "projects/gallery/index.html",
        status=400 if form and form.errors else 200,
        course=course,
        gallery=row,
        form=form,
        rows=shown(course, visit).prefetch_related("files__used__file"),
        team=team,
    )


def one(course: Course, visit: Visit | None, pk: int) -> Publication:
    """Those that are shown; staff see every one of their course."""
    rows = shown(course, visit)
    if visit and visit.is_staff:
        rows = Publication.objects.filter(team__course=course).select_related("team")
    found: Publication = get_object_or_404(rows, pk=pk)
    found.team.course = course
    return found


@looked_at
def detail(request: HttpRequest, visit: Visit | None, course: Course, publication: int) -> HttpResponse:
    found = one(course, visit, publication)
    if request.method == "POST":
        if visit is None or not visit.is_staff:
            raise Http404
        gallery.withhold(publication=found, withheld="withhold" in request.POST, by=request.user)  # type: ignore[arg-type]
        return redirect("gallery:detail", course.slug, found.pk)
    files = found.files.select_related("used__file", "used__part", "used__submission__assignment")
    is_shown = Publication.objects.filter(pk=found.pk).shown().exists()
    context: dict[str, Any] = {"publication": found, "files": files, "authors": found.authors(), "is_shown": is_shown}
    return page(request, visit, "projects/gallery/detail.html", course=course, **context)


@looked_at
def download(
    request: HttpRequest, visit: Visit | None, course: Course, publication: int, file: int
) -> HttpResponseBase:
    stored = file_of(course, visit, publication, file)
    return served(stored.path, "application/octet-stream", as_attachment=True, filename=stored.download_name)


@looked_at
def image(
    request: HttpRequest, visit: Visit | None, course: Course, publication: int, file: int, page: int
) -> HttpResponseBase:
    return served(file_of(course, visit, publication, file).preview_path / f"{page}.png", "image/png")


def file_of(course: Course, visit: Visit | None, publication: int, file: int) -> Any:
    found = one(course, visit, publication)
    row = get_object_or_404(PublishedFile.objects.select_related("used__file"), pk=file, publication=found)
    return row.used.file


@course_page
def ours(visit: Visit) -> HttpResponse:
    """The team's page: write it, agree, take it back. Former members who are authors agree here as well."""
    if visit.student is None:
        raise Http404
    sent = visit.request.POST if visit.request.method == "POST" else None
    mine = of_author(visit.student)
    if sent is not None and sent.get("act") in ("agree", "take_back"):
        return answer(visit, visit.student, mine)
    team = team_of(visit.student)
    initial = {"title": mine.title, "summary": mine.summary} if mine else {}
    if mine:
        initial["used"] = list(mine.files.values_list("used", flat=True))  # type: ignore[assignment]
    form = PublishForm(team, sent, initial=initial) if team else None
    if team and form and form.is_bound and form.is_valid() and proposed(visit, visit.student, form):
        return redirect("gallery:ours", visit.course.slug)
    return show_ours(visit, mine, form)


def show_ours(visit: Visit, mine: Publication | None, form: PublishForm | None) -> HttpResponse:
    agreed = set(mine.agreements.values_list("enrollment", flat=True)) if mine else set()
    authors = [(author, author.pk in agreed) for author in mine.authors()] if mine else []
    return visit.page(
        "projects/gallery/ours.html",
        status=400 if form and form.errors else 200,
        publication=mine,
        authors=authors,
        mine=visit.student is not None and visit.student.pk in agreed,
        everybody=bool(authors) and all(said for _, said in authors),
        files=mine.files.select_related("used__file", "used__part", "used__submission__assignment") if mine else [],
        form=form,
        gallery=gallery_of(visit.course),
    )


def of_author(student: Enrollment) -> Publication | None:
    """That of the present team; else one that shows work of a team in which the student was."""
    team = team_of(student)
    found = Publication.objects.filter(team=team).first() if team else None
    if found:
        return found
    rows = Publication.objects.filter(team__memberships__enrollment=student).distinct()
    return next((row for row in rows if student in row.authors()), None)


def proposed(visit: Visit, student: Enrollment, form: PublishForm) -> bool:
    team = team_of(student)
    assert team
    try:
        gallery.propose(team=team, enrollment=student, **form.cleaned_data)
    except ValidationError as problem:
        form.add_error(None, problem.messages)
        return False
    messages.success(visit.request, "Saved, and you agree. The others are asked on this page.")
    return True


def answer(visit: Visit, student: Enrollment, mine: Publication | None) -> HttpResponse:
    if mine is None:
        raise Http404
    revision = visit.request.POST.get("revision", "")
    try:
        if visit.request.POST["act"] == "take_back":
            gallery.take_back(publication=mine, enrollment=student)
            messages.success(visit.request, "Taken back. It is out of the gallery.")
        else:
            seen = int(revision) if revision.isdecimal() and len(revision) < 10 else 0
            gallery.agree(publication=mine, enrollment=student, revision=seen)
            messages.success(visit.request, "You agree. It is shown once all authors do.")
    except ValidationError as problem:
        messages.error(visit.request, " ".join(problem.messages))
    return redirect("gallery:ours", visit.course.slug)
