"""The comment bank at the desk: look for a comment by its words, take it, or keep the one that was just written."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from ..models import SavedComment
from ..services import saving_comments
from . import finding, notes

SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
def comments(request: HttpRequest, pk: int) -> HttpResponse:
    """The list as the words narrow it; a POST keeps one more."""
    item = finding.item_of(request, pk)
    assert item.assignment
    course = item.assignment.course
    if request.method == "POST":
        try:
            saving_comments.save(
                course=course,
                owner=request.user,  # type: ignore[arg-type]
                text=request.POST.get("text", ""),
                shared="shared" in request.POST,
            )
        except ValidationError as refusal:
            return notes.refused(refusal)
    seen = SavedComment.objects.visible_to(request.user).filter(course=course)
    found = seen.saying(request.GET.get("words", "")).select_related("owner")
    return render(request, "grading/desk/_bank.html", {"comments": found[:SHOWN], "item": item})
