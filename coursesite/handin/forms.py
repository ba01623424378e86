"""The form for files; what it brings goes to `services.submit` unchanged."""

import re
import uuid
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from coursesite.files import links
from coursesite.files.models import Format
from coursesite.files.services import most_size, too_large
from coursesite.files.uploads import Incoming, opened, uploaded

from .models import Assignment, Part
from .services import Delivery

ACCEPT = {
    Format.PDF: ".pdf,application/pdf",
    Format.NOTEBOOK: ".ipynb,application/x-ipynb+json",
    Format.WORD: ".docx",
    Format.IMAGE: ".jpg,.jpeg,.png,.heic,image/jpeg,image/png,image/heic",
}
PREFIX, TURNS = "file-", "turns-"
DIGITS = re.compile(r"(\d+)")


class FilesForm(forms.Form):
    """One file field for each part, and a key that makes sending the form twice harmless."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    most_bytes = property(lambda self: settings.UPLOAD_MAX_BYTES)
    most_files = property(lambda self: settings.UPLOAD_MAX_FILES)
    most_size = property(lambda self: most_size())

    def __init__(self, request: HttpRequest, assignment: Assignment, **options: Any) -> None:
        self.request, self.assignment = request, assignment
        sent = {"data": request.POST, "files": request.FILES} if request.method == "POST" else {}
        super().__init__(**sent, initial={"key": uuid.uuid4()}, **options)  # type: ignore[arg-type]
        self.parts = list(assignment.parts.all())
        for part in self.parts:
            self.fields[PREFIX + part.key] = file_field(part.title, tuple(part.formats))

    def file_fields(self) -> list[tuple[Part, forms.BoundField]]:
        return [(part, self[PREFIX + part.key]) for part in self.parts]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        for incoming in opened(self.request):
            if incoming.too_large and incoming.field_name in self.fields:
                self.add_error(incoming.field_name, too_large(incoming.name or ""))
        for part in self.parts:
            name = PREFIX + part.key
            if len(self.files.getlist(name)) > 1 and not part.takes_several:
                self.add_error(name, f"{part} is one file; {len(self.files.getlist(name))} came.")
        return found

    def delivery(self) -> Delivery:
        """The instants are the server's; nothing that the browser says about time is read (battery U26)."""
        files: dict[str, list[Incoming]] = {}
        for part in self.parts:
            sent = self.typed(part) if part.is_link else cast(list[Incoming], self.files.getlist(PREFIX + part.key))
            if sent:
                files[part.key] = arranged(sent, self.data.get(TURNS + part.key, "")) if part.takes_several else sent
        began: datetime = self.request.began_at  # type: ignore[attr-defined]
        # A form without files may come in one piece, which no upload handler sees the end of.
        completed = getattr(self.request, "completed_at", timezone.now())
        return Delivery(files, self.cleaned_data["key"], began, completed)

    def typed(self, part: Part) -> list[Incoming]:
        """A link is kept like a file: so version, fingerprint and receipt are the same for both."""
        text = self.cleaned_data[PREFIX + part.key].strip()
        found = [uploaded(text.encode(), part.title)] if text else []
        opened(self.request).extend(found)
        return found

    def refuse(self, problem: ValidationError) -> None:
        """Puts what the service said beside the field that it is about."""
        if not hasattr(problem, "error_dict"):
            self.add_error(None, problem)
            return
        for key, messages in problem.message_dict.items():
            for message in messages:
                self.add_error(PREFIX + key if PREFIX + key in self.fields else None, message)


def arranged(sent: list[Incoming], turns: str) -> list[Incoming]:
    """In the order in which they were put on the page, turned as they were turned there. Without its script nothing is
    said about either: then the names decide, numbers in them read as numbers."""
    said = turns.split(",")
    if len(said) != len(sent) or not set(said) <= {"0", "90", "180", "270"}:
        return sorted(
            sent, key=lambda one: [int(s) if s.isdecimal() else s.casefold() for s in DIGITS.split(one.name or "")]
        )
    for one, degrees in zip(sent, said, strict=True):
        one.turned = int(degrees)
    return sent


class Several(forms.FileInput):
    allow_multiple_selected = True

    def __init__(self, attrs: dict[str, Any]) -> None:
        super().__init__(attrs | {"multiple": True, "data-photos": True})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """One, for the field to look at; `delivery` takes all."""
        return files.get(name)


@lru_cache(maxsize=100)
def file_field(title: str, formats: tuple[str, ...]) -> forms.Field:
    """Made once for all forms, none of which changes it."""
    part = Part(title=title, formats=list(formats))
    if part.is_link:
        widget = forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"})
        return forms.CharField(label=part.title, required=False, max_length=links.LONGEST, widget=widget)
    accept = ",".join(ACCEPT[Format(name)] for name in part.formats)
    return forms.FileField(
        label=part.title,
        required=False,
        allow_empty_file=True,
        help_text=part.format_names,
        widget=(Several if part.takes_several else forms.FileInput)(attrs={"accept": accept}),
    )


class AskForm(forms.Form):
    """For more time; `wished` is read in the time zone of the course."""

    wished = forms.DateTimeField(
        label="Until when?",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    reason = forms.CharField(
        label="What keeps you?",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Only the course staff read it.",
    )
