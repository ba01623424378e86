"""`/api/v1/`: the same services as the pages, for scripts."""

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import exceptions
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from coursesite.files.services import too_large
from coursesite.files.uploads import opened
from coursesite.handin.models import Submission
from coursesite.handin.services import Delivery
from coursesite.roster.access import Visit, enter
from coursesite.roster.models import Course, Enrollment
from coursesite.schedule.models import Lecture
from grading import policy, queries
from grading.models import Item, Score
from grading.services import awarding, export
from homework import forms
from homework import services as homework_services
from homework.models import Homework
from homework.services import Credit

from . import serializers


def refuse(problem: Exception, context: dict[str, Any]) -> Response | None:
    """What a service says becomes a 400, by field where it names one."""
    if isinstance(problem, ValidationError):
        found = problem.message_dict if hasattr(problem, "error_dict") else {"detail": problem.messages}
        problem = exceptions.ValidationError(found)
    return exception_handler(problem, context)


class CourseView(APIView):
    def visit(self, request: Request, slug: str) -> Visit:
        return enter(request._request, slug, request.user)  # type: ignore[arg-type]


class Courses(APIView):
    @extend_schema(responses=serializers.CourseSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(serializers.CourseSerializer(Course.objects.visible_to(request.user), many=True).data)


class Schedule(CourseView):
    @extend_schema(responses=serializers.LectureSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        found = Lecture.objects.filter(course=self.visit(request, slug).course).select_related("topic")
        return Response(serializers.LectureSerializer(found, many=True).data)


class HomeworkList(CourseView):
    @extend_schema(responses=serializers.AssignmentSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        visit = self.visit(request, slug)
        visible = Homework.objects.visible_to(request.user, now=timezone.now()).filter(course=visit.course)
        found = visible.with_own_rule(visit.student)
        return Response(serializers.AssignmentSerializer(found.prefetch_related("problems", "parts"), many=True).data)


class HandIn(CourseView):
    """Multipart: a file field for each part, named by its key (several times for photos, in the order of pages);
    `key` (a UUID) makes sending twice harmless; `classmates-N` (names, separated by commas) and `others-N` (people,
    sources, tools) acknowledge for problem N, `acknowledged=true` says that this is all."""

    parser_classes = [MultiPartParser]

    @extend_schema(
        request={"multipart/form-data": OpenApiTypes.OBJECT}, responses={201: serializers.SubmissionSerializer}
    )
    def post(self, request: Request, slug: str, homework: str) -> Response:
        visit = self.visit(request, slug)
        visible = Homework.objects.visible_to(request.user, now=timezone.now()).filter(course=visit.course)
        row = get_object_or_404(visible, slug=homework)
        if visit.student is None:
            raise exceptions.PermissionDenied("Only students hand in.")
        said = self.said(request, row, visit.student)
        made, new = homework_services.submit(
            homework=row, enrollment=visit.student, delivery=self.delivery(request, row), acknowledged=said
        )
        return Response(serializers.SubmissionSerializer(made).data, status=201 if new else 200)

    def said(self, request: Request, homework: Homework, student: Enrollment) -> dict[int, Credit]:
        numbers = [problem.number for problem in homework.problems.all()]
        fields = {f"{kind}-{n}" for n in numbers for kind in ("classmates", "others")}
        parts = parts_of(homework)
        unknown = ({*request.POST} - {"key", "acknowledged", *fields}) | ({*request.FILES} - parts)
        if unknown:
            why = {True: "Send a file here, with a name.", False: "This field can't be set here."}
            raise exceptions.ValidationError({name: [why[name in parts]] for name in sorted(unknown)})
        if request.POST.get("acknowledged") != "true":
            raise exceptions.ValidationError({"acknowledged": ["Acknowledge for each problem, and send true."]})
        mates = forms.by_name(forms.classmates(student))
        return {n: credit(request.POST, n, mates) for n in numbers}

    def delivery(self, request: Request, homework: Homework) -> Delivery:
        for incoming in opened(request._request):
            if incoming.too_large:
                raise ValidationError({incoming.field_name: too_large(incoming.name or "")})
        try:
            key = uuid.UUID(request.POST.get("key") or str(uuid.uuid4()))
        except ValueError:
            raise exceptions.ValidationError({"key": ["Not a UUID."]}) from None
        files = {name: request.FILES.getlist(name) for name in request.FILES}
        inner = request._request
        completed = getattr(inner, "completed_at", timezone.now())
        return Delivery(files, key, inner.began_at, completed)  # type: ignore[attr-defined]


def parts_of(homework: Homework) -> set[str]:
    return {part.key for part in homework.parts.all()}


def credit(sent: QueryDict, number: int, mates: dict[str, list[int]]) -> Credit:
    """As on the page: names that mean one classmate each, and whatever else is to be said."""
    name = f"classmates-{number}"
    try:
        named = frozenset(forms.one(one, mates) for one in forms.split(sent.get(name, "")))
    except ValidationError as problem:
        raise ValidationError({name: problem.messages}) from None
    return Credit(named, sent.get(f"others-{number}", "").strip())


class Submissions(CourseView):
    @extend_schema(responses=serializers.SubmissionSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        course = self.visit(request, slug).course
        found = Submission.objects.named_to(request.user).filter(assignment__course=course)
        related = found.select_related("assignment").prefetch_related(*serializers.READ)
        return Response(serializers.SubmissionSerializer(related[:1000], many=True).data)


class Grades(CourseView):
    @extend_schema(responses=serializers.GradesSerializer)
    def get(self, request: Request, slug: str) -> Response:
        visit = self.visit(request, slug)
        if visit.student is None:
            raise Http404
        scheme, cells = queries.own(visit.student)
        figures = policy.figures(scheme, cells)
        items = [item for category in scheme.categories for item in category.ordered]
        rows = [(item, cells.get(item.key, policy.OPEN)) for item in sorted(items, key=lambda i: (i.position, i.key))]
        told = [
            {"item": i.title, "state": c.state.value, "points": c.points, "counted": i.key in figures.counted}
            for i, c in rows
        ]
        names = ("final", "guaranteed", "so_far", "reachable", "letter")
        return Response(serializers.GradesSerializer({n: getattr(figures, n) for n in names} | {"items": told}).data)


class StaffView(CourseView):
    """404 for everybody who does not lead the course: setting scores, release and export are the instructor's."""

    def led(self, request: Request, slug: str) -> Course:
        return get_object_or_404(Course.objects.led_by(request.user), slug=slug)

    def item(self, course: Course, title: str) -> Item:
        found = Item.objects.filter(category__course=course, title=title).select_related(
            "category__course", "assignment"
        )
        item = found.first()
        if item is None:
            raise exceptions.ValidationError({"item": [f"There is no item “{title}”."]})
        return item


class Scores(StaffView):
    @extend_schema(responses=serializers.ScoreSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        course = get_object_or_404(Course.objects.staffed_by(request.user), slug=slug)
        found = Score.objects.visible_to(request.user).filter(item__category__course=course)
        rows = found.select_related("item", "enrollment__user").order_by("enrollment", "item__position")
        return Response(serializers.ScoreSerializer(rows[:5000], many=True).data)

    @extend_schema(request=serializers.AwardSerializer, responses=serializers.ScoreSerializer)
    def post(self, request: Request, slug: str) -> Response:
        course = self.led(request, slug)
        sent = serializers.AwardSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        told = sent.validated_data
        student = Enrollment.objects.filter(course=course, user__email__iexact=told["student"]).students().first()
        if student is None:
            raise exceptions.ValidationError({"student": ["No student of this course has this e-mail."]})
        score = awarding.award(
            item=self.item(course, told["item"]),
            enrollment=student,
            by=request.user,  # type: ignore[arg-type]
            state=policy.State(told["state"]),
            points=told.get("points"),
            reason=told.get("reason", ""),
            comment=told.get("comment"),
        )
        return Response(serializers.ScoreSerializer(score).data)


class Release(StaffView):
    @extend_schema(request=serializers.ReleaseSerializer, responses=serializers.ItemSerializer)
    def post(self, request: Request, slug: str) -> Response:
        course = self.led(request, slug)
        sent = serializers.ReleaseSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        item = self.item(course, sent.validated_data["item"])
        act = awarding.release if sent.validated_data["released"] else awarding.unrelease
        act(items=[item], by=request.user)  # type: ignore[arg-type]
        item.refresh_from_db()
        return Response(serializers.ItemSerializer(item).data)


class Export(StaffView):
    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, slug: str, form: str) -> StreamingHttpResponse:
        course = self.led(request, slug)
        if form not in export.FORMS:
            raise Http404
        lines = export.export(course=course, form=form, key=request.GET.get("key", ""))
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
