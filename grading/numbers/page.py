"""The page with every form of export, and the downloads themselves."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone

from coursesite.roster.access import View, Visit, course_page

from ..services import export, sheets, workbook

Page = Callable[..., HttpResponseBase]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS = (
    ("canvas", "For Canvas", "Import it there as it is."),
    (
        "percent",
        "For Canvas, each item out of 100",
        "So that Canvas, which weighs points, counts the sets equally too.",
    ),
    ("complete", "Complete", "Every state, the figures, the letter and the sets that count."),
)


def leaders_page(view: View) -> View:
    """For who leads the course; it is not there for anybody else."""

    @course_page
    @wraps(view)
    def handle(visit: Visit, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not visit.leads:
            raise Http404
        return view(visit, *args, **kwargs)

    return handle


@leaders_page
def overview(visit: Visit) -> HttpResponse:
    return shown(visit)


def shown(visit: Visit, problems: list[str] | None = None, status: int = 200) -> HttpResponse:
    ignored = sheets.ignored_by_canvas(visit.course)
    return visit.page("grading/numbers.html", status, forms=FORMS, ignored=ignored, problems=problems or [])


@leaders_page
def download(visit: Visit, form: str, ending: str) -> StreamingHttpResponse:
    if form not in export.FORMS or ending not in ("csv", "xlsx"):
        raise Http404
    given = visit.request.GET
    how: dict[str, Any] = {"course": visit.course, "form": form, "key": given.get("key", "")}
    how["dropped"] = given.get("dropped") == "1"
    name = export.file_name(visit.course, form, timezone.now(), ending)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    if ending == "xlsx":
        return StreamingHttpResponse(workbook.workbook(**how), content_type=XLSX, headers=headers)
    return StreamingHttpResponse(export.export(**how), content_type="text/csv; charset=utf-8", headers=headers)
