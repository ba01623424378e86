"""The keys of the desk: what each does, and what a grader has changed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from ..models import DeskKeys
from ..services import keys as stored


class Key(NamedTuple):
    action: str
    key: str
    what: str
    mistake: str = ""


# Each presses or enters what carries its name in `data-action`. Digits apply items and can't be changed.
KEYS = (
    Key("save", "g", "Save and go on to the next"),
    Key("next", "n", "Next submission, without saving (also the right arrow)"),
    Key("previous", "p", "Previous submission, without saving (also the left arrow)"),
    Key("adjust", "a", "Adjust the points; set them where there is no rubric"),
    Key("feedback", "f", "Write feedback"),
    Key("full", "m", "Full marks"),
    Key("item", "i", "New rubric item"),
    Key("rubric", "e", "Edit the rubric; what is entered here stays"),
    Key("skip", "s", "Skip this one"),
    Key("help", "?", "Show the keys"),
    # Tools of the page; each carries its first key in `data-tool-key`.
    Key("tool-k", "k", "Previous page"),
    Key("tool-j", "j", "Next page"),
    Key("tool--", "-", "Smaller"),
    Key("tool-+", "+", "Larger"),
    Key("tool-w", "w", "Fit the width"),
    Key("tool-r", "r", "Turn the page"),
    Key("tool-b", "b", "Draw a box"),
    Key("tool-d", "d", "Draw with the pen"),
    Key("tool-t", "t", "Write on a place"),
    Key("tool-c", "c", "Saved comments"),
)


def of(request: HttpRequest) -> list[Key]:
    row = DeskKeys.objects.filter(grader=request.user).first()  # type: ignore[misc]
    return as_changed(row.keys if row else {})


def as_changed(own: Mapping[str, str]) -> list[Key]:
    """An action that came after the keys were changed has its own key only where nothing else took it."""
    taken = set(own.values())
    return [key._replace(key=own.get(key.action, "" if key.key in taken else key.key)) for key in KEYS]


def marked(sent: Mapping[str, str], mistakes: Mapping[str, list[str]]) -> list[Key]:
    """As they were sent, each with what is wrong about it."""
    return [key._replace(key=sent[key.action], mistake=" ".join(mistakes.get(key.action, []))) for key in KEYS]


def parts(shown: list[Key]) -> dict[str, Any]:
    """For the page: what is done with the mark, and what with the pages of the work."""
    tools = [key for key in shown if key.action.startswith("tool-")]
    return {
        "keys": shown,
        "parts": [("Marks", [key for key in shown if key not in tools]), ("Pages", tools)],
        "mistakes": [key for key in shown if key.mistake],
    }


def change(request: HttpRequest) -> HttpResponse:
    """Every grader's own."""
    sent = {key.action: request.POST.get(key.action, "") for key in KEYS}
    mistakes: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            own = {} if "reset" in request.POST else sent
            stored.set_keys(grader=request.user, keys=own, actions={key.action: key.what for key in KEYS})  # type: ignore[arg-type]
        except ValidationError as problem:
            mistakes = problem.message_dict
        else:
            messages.success(request, "Your keys are saved.")
            return redirect("admin:grading_keys")
    shown = marked(sent, mistakes) if mistakes else of(request)
    context = admin.site.each_context(request) | {"title": "Keys of the desk"} | parts(shown)
    return TemplateResponse(request, "grading/desk/keys.html", context, status=409 if mistakes else 200)
