"""Around what was handed in: late days of one's own, and which page or cell answers which problem."""

from typing import Any

from django.db.models import prefetch_related_objects
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from coursesite.handin import allowances, queries, tagging
from coursesite.handin.models import Extension, Submission
from coursesite.roster.models import Enrollment
from homework.models import Homework

from . import serializers
from .views import CourseView

MOST = 10_000


class LateDays(CourseView):
    """One's own budget. Spending names the days on a set in all; 0 takes them back."""

    def student(self, request: Request, slug: str) -> Enrollment:
        found = self.visit(request, slug).student
        if found is None:
            raise Http404
        return found

    @extend_schema(responses=serializers.LateDaysSerializer)
    def get(self, request: Request, slug: str) -> Response:
        return Response(told(self.student(request, slug)))

    @extend_schema(request=serializers.SpendSerializer, responses=serializers.LateDaysSerializer)
    def post(self, request: Request, slug: str) -> Response:
        student = self.student(request, slug)
        sent = serializers.SpendSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        visible = Homework.objects.visible_to(request.user, now=timezone.now()).filter(course=student.course_id)
        row = get_object_or_404(visible, slug=sent.validated_data["assignment"])
        allowances.spend(assignment=row, student=student, days=sent.validated_data["days"])
        return Response(told(student))


def told(student: Enrollment) -> dict[str, object]:
    budget, used = student.course.late_budget, queries.late_days_used(student)
    rows = Extension.objects.filter(enrollment=student, late_days__gt=0).select_related("assignment")
    spent = [{"assignment": row.assignment.slug, "days": row.late_days} for row in rows.order_by("assignment__due_at")]
    each = student.course.late_budget_each
    return {"budget": budget, "used": used, "left": max(0, budget - used), "most_each": each, "set_aside": spent}


class Tags(CourseView):
    """All tags of one version: PUT replaces them."""

    def submission(self, request: Request, slug: str, pk: object) -> Submission:
        course = self.visit(request, slug).course
        mine = Submission.objects.named_to(request.user).filter(assignment__course=course)
        found: Submission = get_object_or_404(mine.select_related("assignment", "enrollment", "team"), pk=pk)
        return found

    @extend_schema(responses=serializers.TagSerializer(many=True))
    def get(self, request: Request, slug: str, submission: str) -> Response:
        return Response(tags_of(self.submission(request, slug, submission)))

    @extend_schema(request=serializers.TagSerializer(many=True), responses=serializers.TagSerializer(many=True))
    def put(self, request: Request, slug: str, submission: str) -> Response:
        row = self.submission(request, slug, submission)
        sent = serializers.TagSerializer(data=request.data, many=True, max_length=MOST)  # type: ignore[call-arg]
        sent.is_valid(raise_exception=True)
        files = {(used.part.key, used.position + 1): used.pk for used in row.files.select_related("part")}
        chosen = set[tagging.Choice]()
        for tag in sent.validated_data:
            used = files.get((tag["part"], tag["file"]))
            if used is None:
                raise ValidationError({"file": [f"This version has no file {tag['file']} in {tag['part']}."]})
            chosen.add((used, tag["page"], tag["problem"]))
        tagging.tag(submission=row, by=request.user, chosen=chosen)  # type: ignore[arg-type]
        return Response(tags_of(row))


def tags_of(submission: Submission) -> Any:
    prefetch_related_objects([submission], *serializers.READ)
    return serializers.TagSerializer(queries.tags_read(submission), many=True).data
