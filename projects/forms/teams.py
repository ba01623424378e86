from django import forms

from coursesite.roster.models import Course, Enrollment


class FoundForm(forms.Form):
    name = forms.CharField(label="Name of the team", max_length=100)


class InviteForm(forms.Form):
    """Names come from the course's students who are in no team yet."""

    invited = forms.ModelChoiceField(Enrollment.objects.none(), label="Classmate", empty_label="Choose a classmate")

    def __init__(self, course: Course, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        free = Enrollment.objects.active().students().filter(course=course).select_related("user")
        self.fields["invited"].queryset = free.exclude(memberships__left_at__isnull=True, memberships__isnull=False)  # type: ignore[attr-defined]
        self.fields["invited"].label_from_instance = lambda enrollment: str(enrollment.user)  # type: ignore[attr-defined]
