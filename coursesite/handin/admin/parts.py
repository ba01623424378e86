"""What belongs to a submission, as instructors set it: report, slides, link, notebook."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.text import slugify
from unfold.widgets import UnfoldAdminSelectWidget

from coursesite.roster.staff_site import Rows, may_change

from ..models import PART_KINDS, Part

KINDS = (
    ("pdf", "PDF (report, slides)"),
    ("ipynb", "Jupyter notebook"),
    ("written", "PDF, Word document or photos"),
    ("link", "Link (https), as to a repository"),
)


class PartForm(forms.ModelForm):  # type: ignore[type-arg]
    kind = forms.ChoiceField(choices=KINDS, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = Part
        fields = ("title", "required", "position")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance.formats if self.instance.pk else None
        self.fields["kind"].initial = next((kind for kind, formats in PART_KINDS.items() if formats == stored), "pdf")

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        self.instance.formats = PART_KINDS.get(found.get("kind", ""), [])
        return found

    def save(self, commit: bool = True) -> Part:
        """Versions and receipts name a part by its key, so that stays when the title is edited."""
        self.instance.key = self.instance.key or free_key(self.instance)
        return super().save(commit)  # type: ignore[no-any-return]


def free_key(part: Part) -> str:
    wanted = slugify(part.title)[:25] or "part"
    taken = set(Part.objects.filter(assignment=part.assignment_id).values_list("key", flat=True))
    return next(key for key in (wanted, *(f"{wanted}-{n}" for n in range(2, 1000))) if key not in taken)


class PartInline(Rows):
    model = Part
    form = PartForm
    fields = ["title", "kind", "required", "position"]
    extra = 0
    verbose_name_plural = "What is handed in"
    has_view_permission = lambda self, request, obj=None: True  # noqa: E731

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and may_change(request, obj.course)

    has_add_permission = has_delete_permission = has_change_permission
