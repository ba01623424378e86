"""What a team wants to show, and who may look."""

from typing import Any

from django import forms

from coursesite.handin.models import SubmittedFile
from coursesite.roster.models import Team

from ..models import Gallery, Publication


class PublishForm(forms.Form):
    title = forms.CharField(max_length=150)
    summary = forms.CharField(
        label="What you did, in a few sentences",
        max_length=Publication.LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    used = forms.ModelMultipleChoiceField(
        SubmittedFile.objects.none(), label="Files to show", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, team: Team, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        current = SubmittedFile.objects.filter(submission__team=team, submission__is_current=True)
        rows = current.select_related("file", "part", "submission__assignment")
        self.fields["used"].queryset = rows.order_by("submission__assignment__position", "part__position", "position")  # type: ignore[attr-defined]
        self.fields["used"].label_from_instance = label  # type: ignore[attr-defined]


def label(used: SubmittedFile) -> str:
    return f"{used.submission.assignment}, {used.part}: {used.file.name}"


class GalleryForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Gallery
        fields = ("audience",)
