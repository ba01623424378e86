"""The addresses of the desk, below the columns in the admin."""

from collections.abc import Callable

from django.contrib.admin import AdminSite
from django.http import HttpResponse
from django.urls import URLPattern, path

from . import arrange, bank, calibration, editor, grade, holding, keys, notes, queue, releasing, rubric_pages

ROUTES: list[tuple[str, Callable[..., HttpResponse], str]] = [
    ("desk/keys/", keys.change, "grading_keys"),
    ("desk/preview/", rubric_pages.preview, "grading_preview"),
    ("<int:pk>/rubric/", rubric_pages.overview, "grading_rubrics"),
    ("<int:pk>/rubric/<int:number>/", editor.edit, "grading_rubric"),
    ("<int:pk>/rubric/items/<int:key>/", rubric_pages.who, "grading_rubric_item"),
    ("<int:pk>/rubrics.yaml", rubric_pages.export, "grading_rubrics_file"),
    ("<int:pk>/desk/", queue.show_queue, "grading_item_desk"),
    ("<int:pk>/desk/arrange/", arrange.arrange, "grading_item_arrange"),
    ("<int:pk>/desk/agreement/", calibration.show, "grading_item_agreement"),
    ("<int:pk>/desk/next/", queue.start, "grading_item_start"),
    ("<int:pk>/desk/<int:number>/", queue.start, "grading_problem_start"),
    ("<int:pk>/desk/<uuid:submission>/", grade.grade, "grading_item_grade"),
    ("<int:pk>/desk/<int:number>/<uuid:submission>/", grade.grade, "grading_problem_grade"),
    *(
        (f"<int:pk>/desk/{number}<uuid:submission>/{act.__name__}/", act, f"grading_{level}_{act.__name__}")
        for act in (holding.keep, holding.leave, holding.skip, holding.refer)
        for level, number in (("item", ""), ("problem", "<int:number>/"))
    ),
    ("<int:pk>/desk/<uuid:submission>/notes/", notes.add, "grading_notes"),
    ("<int:pk>/desk/<uuid:submission>/notes/<int:note>/", notes.change, "grading_note"),
    ("<int:pk>/desk/<uuid:submission>/remark/", notes.remark, "grading_remark"),
    ("release/", releasing.release, "grading_release"),
    ("<int:pk>/comments/", bank.comments, "grading_comments"),
]


def routes(site: AdminSite) -> list[URLPattern]:
    return [path(route, site.admin_view(view), name=name) for route, view, name in ROUTES]
