"""The gradebook as of a moment, as a file."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.http import Http404, HttpResponseBase, StreamingHttpResponse

from coursesite.roster.access import Visit

from .. import past, permissions
from ..models import Item
from ..services.export import Line, safe
from . import ledger
from .asked import asked
from .markup import STATES
from .page import staff_page

HEAD = ["Student", "E-mail", "Section", "Status"]
FIGURES = ["Final percent", "So far percent", "Reachable percent", "Letter", "Letter set by hand"]


@staff_page
def download(visit: Visit) -> HttpResponseBase:
    permissions.check_leads(visit.request.user, visit.course)
    moment = asked(visit.request.GET, set()).moment
    if moment is None:
        raise Http404
    items = past.items_of(visit.course, moment)
    ask = replace(asked(visit.request.GET, {item.pk for item in items}), page=0)
    rows = ledger.rows(visit.course, ask, past=past.past(visit.course, moment))
    name = f"{visit.course.slug}-as-of-{moment:%Y-%m-%d-%H%M%S}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(written(items, rows), content_type="text/csv; charset=utf-8", headers=headers)


def written(items: Sequence[Item], rows: Sequence[ledger.Row]) -> Iterator[str]:
    writer = csv.writer(Line(), lineterminator="\r\n")
    titles = [text for item in items for text in (item.title, f"{item.title} state")]
    yield writer.writerow([safe(text) for text in HEAD + titles + FIGURES])
    for row in rows:
        cells = [text for code in row.cells.split() for text in content(code)]
        figures = [row.final or "", row.so_far or "", row.reachable or "", row.letter or "", row.override or ""]
        who = [row.sort_name, row.email, row.section or "", row.status]
        yield writer.writerow([safe(text) for text in who + cells + figures])


def content(code: str) -> tuple[str, str]:
    """The points, and the state in the words of the other exports."""
    return code.lstrip("glhmxuw"), STATES[code[0]]
