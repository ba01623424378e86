"""Homework sets in the admin: who worked with whom, and similar work; for staff alone."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from coursesite.handin import sight
from coursesite.roster.staff_site import CourseScoped

from . import queries
from .models import Homework, Likeness
from .queries import similar
from .services import comparing


@admin.register(Homework)
class HomeworkAdmin(CourseScoped):
    """Dates and points are edited as assignments; here is what belongs to homework alone."""

    list_display = ["title", "course", "due_at", "collaboration", "similar_work"]
    list_display_links = None
    search_fields = ["title"]

    @admin.display(description="Collaboration")
    def collaboration(self, homework: Homework) -> str:
        return link("collaboration", homework, "who worked with whom")

    @admin.display(description="Similar work")
    def similar_work(self, homework: Homework) -> str:
        return link("similar", homework, "compare the works")

    def get_urls(self) -> list[URLPattern]:
        pages = [
            ("<int:pk>/collaboration/", self.show, "collaboration"),
            ("<int:pk>/similar/", self.similar, "similar"),
            ("<int:pk>/similar/<int:likeness>/", self.pair, "pair"),
        ]
        own = [
            path(route, self.admin_site.admin_view(page), name=f"homework_homework_{name}")
            for route, page, name in pages
        ]
        return [*own, *super().get_urls()]

    def homework(self, request: HttpRequest, pk: int) -> Homework:
        named = Homework.objects.exclude(sight.nameless(request.user))
        found: Homework = get_object_or_404(named.filter(course__in=self.courses(request)), pk=pk)
        timezone.activate(found.course.zone)
        return found

    def show(self, request: HttpRequest, pk: int) -> HttpResponse:
        homework = self.homework(request, pk)
        found = queries.pairs(homework, request.user)
        context = self.admin_site.each_context(request) | {
            "homework": homework,
            "pairs": found,
            "one_sided": sum(not pair.both for pair in found),
            "drawing": queries.drawing(found),
            "title": f"{homework}: who worked with whom",
        }
        return TemplateResponse(request, "homework/collaboration.html", context)

    def similar(self, request: HttpRequest, pk: int) -> HttpResponse:
        homework = self.homework(request, pk)
        if request.method == "POST":
            comparing.ask(homework=homework, by=request.user, now=timezone.now())  # type: ignore[arg-type]
            return redirect("admin:homework_homework_similar", homework.pk)
        made = homework.comparisons.exclude(finished_at=None).first()
        running = homework.comparisons.filter(finished_at=None).first()
        context = self.admin_site.each_context(request) | {
            "homework": homework,
            "made": made,
            "running": running,
            "given_up": running is not None and comparing.given_up(running, timezone.now()),
            "lines": queries.lines(made, request.user) if made else [],
            "title": f"{homework}: similar work",
        }
        return TemplateResponse(request, "homework/similar.html", context)

    def pair(self, request: HttpRequest, pk: int, likeness: int) -> HttpResponse:
        homework = self.homework(request, pk)
        people = ("one__enrollment__user", "other__enrollment__user", "comparison")
        mine = Likeness.objects.filter(similar.seen_by(request.user), comparison__homework=homework)
        row = get_object_or_404(mine.select_related(*people), pk=likeness)
        given = comparing.given_with(homework)[row.matter]
        context = self.admin_site.each_context(request) | {
            "homework": homework,
            "row": row,
            "declared": similar.declared(row, similar.declarations(row.comparison)),
            "shown": similar.side_by_side(row, given),
            "title": f"{homework}: similar {row.get_matter_display()}",
        }
        return TemplateResponse(request, "homework/pair.html", context)


def link(page: str, homework: Homework, words: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse(f"admin:homework_homework_{page}", args=[homework.pk]), words)
