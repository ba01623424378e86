"""What goes over the wire. A field that is not here can't be set: unknown ones are refused (battery A04)."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from coursesite.handin.models import Assignment, Problem, Submission, SubmittedFile
from coursesite.handin.queries import Place, tags_read
from coursesite.roster.models import Course
from coursesite.schedule.models import Lecture
from grading.models import Item, Score
from grading.policy import State


class Strict(serializers.Serializer[Any]):
    """Refuses fields that it does not know."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, Mapping) else []
        if unknown:
            raise serializers.ValidationError({name: ["This field can't be set here."] for name in unknown})
        return super().to_internal_value(data)


class CourseSerializer(serializers.ModelSerializer[Course]):
    class Meta:
        model = Course
        fields = ["slug", "title", "term", "department", "university", "time_zone", "first_day", "last_day"]


class LectureSerializer(serializers.ModelSerializer[Lecture]):
    part = serializers.CharField(source="topic.part")

    class Meta:
        model = Lecture
        fields = ["number", "title", "part", "starts_at", "ends_at", "room"]


class ProblemSerializer(serializers.ModelSerializer[Problem]):
    class Meta:
        model = Problem
        fields = ["number", "title", "points"]


class AssignmentSerializer(serializers.ModelSerializer[Assignment]):
    problems = ProblemSerializer(many=True)
    parts = serializers.SlugRelatedField("key", many=True, read_only=True)  # type: ignore[var-annotated]
    due_at = serializers.DateTimeField(source="own_rule.due_at", help_text="One's own, extensions included.")
    closes_at = serializers.DateTimeField(source="own_rule.closes_at")

    class Meta:
        model = Assignment
        fields = ["slug", "title", "kind", "opens_at", "due_at", "closes_at", "problems", "parts"]


class FileSerializer(serializers.ModelSerializer[SubmittedFile]):
    part = serializers.CharField(source="part.key")
    name = serializers.CharField(source="file.name")
    size = serializers.IntegerField(source="file.size")
    sha256 = serializers.CharField(source="file.sha256")

    class Meta:
        model = SubmittedFile
        fields = ["part", "name", "size", "sha256"]


class TagSerializer(Strict):
    """A page, or for a notebook a cell, and the problem that it answers; all are counted from 1."""

    part = serializers.SlugField()
    file = serializers.IntegerField(min_value=1, max_value=10_000, help_text="Of the part's files, which.")
    page = serializers.IntegerField(min_value=1, max_value=1_000_000)
    problem = serializers.IntegerField(min_value=1, max_value=10_000)
    carried = serializers.BooleanField(
        read_only=True, help_text="Taken over from the version before, and not looked through since; a PUT is the look."
    )

    def to_representation(self, instance: tuple[int, Place]) -> dict[str, Any]:
        number, place = instance
        used = place.used
        told = {"part": used.part.key, "file": used.position + 1, "page": place.page, "problem": number}
        return told | {"carried": place.carried}


READ = ("files__file", "files__part", "files__tags__problem")  # with a submission, so that many ask no more than one


class SubmissionSerializer(serializers.ModelSerializer[Submission]):
    assignment = serializers.SlugRelatedField("slug", read_only=True)  # type: ignore[var-annotated]
    files = FileSerializer(many=True)
    tags = serializers.SerializerMethodField()

    class Meta:
        model = Submission
        fields = ["id", "assignment", "number", "is_current", "began_at", "completed_at", "files", "tags"]

    @extend_schema_field(TagSerializer(many=True))
    def get_tags(self, row: Submission) -> Any:
        return TagSerializer(tags_read(row), many=True).data


class SpentSerializer(serializers.Serializer[Any]):
    assignment = serializers.CharField()
    days = serializers.IntegerField()


class LateDaysSerializer(serializers.Serializer[Any]):
    budget = serializers.IntegerField(help_text="For the whole course; 0 where there are no late days.")
    used = serializers.IntegerField(help_text="Days that were set aside and not needed come back.")
    left = serializers.IntegerField()
    most_each = serializers.IntegerField(help_text="On one set; 0: as many as are left.")
    set_aside = SpentSerializer(many=True)


class SpendSerializer(Strict):
    assignment = serializers.SlugField()
    days = serializers.IntegerField(min_value=0, max_value=1000)


class ScoreSerializer(serializers.ModelSerializer[Score]):
    item = serializers.CharField(source="item.title")
    student = serializers.EmailField(source="enrollment.user.email")

    class Meta:
        model = Score
        fields = ["item", "student", "state", "raw_points", "points", "penalty", "source", "reason"]


class AwardSerializer(Strict):
    item = serializers.CharField(help_text="The item's title.")
    student = serializers.EmailField()
    state = serializers.ChoiceField([state.value for state in State])
    points = serializers.DecimalField(10, 4, required=False, allow_null=True, min_value=0)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=300)
    comment = serializers.CharField(required=False, allow_blank=True, max_length=4000)


class ReleaseSerializer(Strict):
    item = serializers.CharField(help_text="The item's title.")
    released = serializers.BooleanField()


class ItemSerializer(serializers.ModelSerializer[Item]):
    class Meta:
        model = Item
        fields = ["title", "points_possible", "released_at"]


class CellSerializer(serializers.Serializer[Any]):
    item = serializers.CharField()
    state = serializers.CharField()
    points = serializers.DecimalField(10, 4, allow_null=True)
    counted = serializers.BooleanField()


class GradesSerializer(serializers.Serializer[Any]):
    """The student's figures, in percent: released scores only."""

    final = serializers.DecimalField(7, 2, allow_null=True)
    guaranteed = serializers.DecimalField(7, 2, allow_null=True)
    so_far = serializers.DecimalField(7, 2, allow_null=True)
    reachable = serializers.DecimalField(7, 2, allow_null=True)
    letter = serializers.CharField()
    items = CellSerializer(many=True)
