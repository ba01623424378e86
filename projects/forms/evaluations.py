"""A few words on each teammate."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from coursesite.roster.models import Enrollment

from ..models import Evaluation, Rating
from ..models.evaluations import Share
from ..services.evaluations import Said
from .talks import moment_field

Pair = tuple[Enrollment, forms.BoundField, forms.BoundField]


class RatingsForm(forms.Form):
    def __init__(self, mates: Sequence[Enrollment], stored: Mapping[int, Rating], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.mates = mates
        for mate in mates:
            row = stored.get(mate.pk)
            self.fields[f"rating-{mate.pk}"] = forms.TypedChoiceField(
                label=str(mate.user), choices=Share.choices, coerce=int, widget=forms.RadioSelect,
                initial=row.rating if row else None,
                error_messages={"required": f"Choose what {mate.user} did."},
            )  # fmt: skip
            self.fields[f"comment-{mate.pk}"] = forms.CharField(
                label="What makes you say so?", required=False, max_length=Rating.LONGEST,
                widget=forms.Textarea(attrs={"rows": 2}), initial=row.comment if row else "",
            )  # fmt: skip

    def pairs(self) -> list[Pair]:
        return [(mate, self[f"rating-{mate.pk}"], self[f"comment-{mate.pk}"]) for mate in self.mates]

    def said(self) -> dict[int, Said]:
        found = self.cleaned_data
        return {mate.pk: Said(found[f"rating-{mate.pk}"], found[f"comment-{mate.pk}"]) for mate in self.mates}


class PlanForm(forms.ModelForm):  # type: ignore[type-arg]
    closes_at = moment_field(label="Teammates answer until")

    class Meta:
        model = Evaluation
        fields = ("closes_at",)

    def _post_clean(self) -> None:
        """The service validates and saves."""
