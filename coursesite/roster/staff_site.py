"""The admin for course staff: who may come in, and how far each one sees. Decided anew with every request."""

import contextlib
from typing import Any, NamedTuple

from django.contrib.admin import RelatedOnlyFieldListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path, unquote
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db import DataError, models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.text import capfirst
from unfold.admin import ModelAdmin, TabularInline
from unfold.sites import UnfoldAdminSite

from .models import Course, Role, active, type_user


class Parts(NamedTuple):
    """In which courses (their keys) this person is staff, and which of them they lead."""

    staffed: frozenset[int]
    led: frozenset[int]


def parts(request: HttpRequest) -> Parts:
    """Read once for each request: a page of the admin asks every model what it may show."""
    if not hasattr(request, "parts"):
        request.parts = parts_of(request.user)  # type: ignore[attr-defined]
    return request.parts  # type: ignore[attr-defined, no-any-return]


# The menu by what people come for, not by the apps of the code; a model that is not named goes with its app.
GROUPS = ("Grading", "Handing in", "Project", "People", "Course")
PLACES = {
    "grading": "Grading",
    "homework": "Handing in",
    "handin": "Handing in",
    "projects": "Project",
    "roster.Team": "Project",
    "roster.User": "People",
    "roster.Enrollment": "People",
    "roster": "Course",
    "schedule": "Course",
}


def parts_of(user: type_user) -> Parts:
    """One query."""
    if not user.is_authenticated:
        return Parts(frozenset(), frozenset())
    if user.is_superuser:
        every = frozenset(Course.objects.values_list("pk", flat=True))
        return Parts(every, every)
    rows = list(active(user).staff().values_list("course", "role"))
    led = frozenset(course for course, role in rows if role == Role.INSTRUCTOR)
    return Parts(frozenset(course for course, _ in rows), led)


class StaffSite(UnfoldAdminSite):
    """Open to site admins and to whoever is TA or instructor of a course now."""

    index_title = "Overview"

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        apps = super().get_app_list(request, app_label)
        if app_label or not apps:
            return apps  # type: ignore[no-any-return]
        groups = {name: apps[0] | {"name": name, "app_url": "/admin/", "models": []} for name in GROUPS}
        for app in apps:
            for model in app["models"]:
                exact, label = f"{app['app_label']}.{model['object_name']}", app["app_label"]
                groups[PLACES.get(exact) or PLACES.get(label) or GROUPS[-1]]["models"].append(model)
        return [group for group in groups.values() if group["models"]]

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and bool(parts(request).staffed)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One way to sign in; who is signed in and no staff finds nothing here."""
        if request.user.is_authenticated:
            raise Http404
        return redirect_to_login(request.GET.get("next") or "/admin/")


def may_change(request: HttpRequest, course: Course) -> bool:
    """Whether this person leads the course."""
    return course.pk in parts(request).led


def leads(request: HttpRequest) -> bool:
    """Whether this person leads any course."""
    return bool(parts(request).led)


class Listed(ModelAdmin):
    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """A filter that the database can't compute is answered like one that makes no sense: with the whole list."""
        if not request.GET:
            return super().get_changelist_instance(request)
        try:
            with transaction.atomic():
                return super().get_changelist_instance(request)
        except (DataError, ArithmeticError, ValueError) as problem:
            raise IncorrectLookupParameters from problem


class CourseScoped(Listed):
    """Rows of one's own courses. Staff read; instructors change where `lead_changes` says so; the site admin, all."""

    course_path = "course"
    lead_changes = False
    lead_adds = False
    staff_see = True

    def courses(self, request: HttpRequest) -> models.QuerySet[Course]:
        seen = Course.objects.staffed_by if self.staff_see else Course.objects.led_by
        return seen(request.user)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        found: models.QuerySet[Any] = (
            super().get_queryset(request).filter(**{f"{self.course_path}__in": self.courses(request)})
        )
        return found

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        mine = parts(request)
        return bool(mine.staffed if self.staff_see else mine.led)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.lead_adds and leads(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.lead_adds and self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not self.lead_changes:
            return False
        if obj is None:
            return leads(request)
        return may_change(request, self.course_of(obj))

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """A filter offers what stands in this list, never what belongs to another course; who has several courses
        chooses among them first."""
        several = len(parts(request).staffed) > 1 and self.model is not Course
        chosen = [self.course_path, *super().get_list_filter(request)] if several else super().get_list_filter(request)
        return [self.own_choices(one) for one in chosen]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Who has one course needs no column that says which."""
        shown = super().get_list_display(request)
        several = len(parts(request).staffed) > 1
        return [name for name in shown if several or name != "course"]

    def own_choices(self, chosen: Any) -> Any:
        if isinstance(chosen, str) and get_fields_from_path(self.model, chosen)[-1].is_relation:
            return (chosen, RelatedOnlyFieldListFilter)
        return chosen

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """No list is asked by rows that point at it: whose a piece of work is, and who has more time, may be hidden."""
        with contextlib.suppress(FieldDoesNotExist):
            if isinstance(self.opts.get_field(lookup.partition("__")[0]), models.ForeignObjectRel):
                return False
        return super().lookup_allowed(lookup, value, request)  # type: ignore[no-any-return]

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *rest: Any, **more: Any) -> Any:
        """A field that this form does not offer is refused, not passed over in silence (battery A04)."""
        if request.method == "POST":
            row = self.get_object(request, unquote(object_id)) if object_id else None
            offered = self.get_form(request, row, change=bool(object_id)).base_fields
            forged = {field.name for field in self.model._meta.fields} & set(request.POST) - set(offered)
            if forged:
                raise PermissionDenied(f"Not to be set here: {', '.join(sorted(forged))}.")
        return super().changeform_view(request, object_id, *rest, **more)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """What a field may be set to belongs to a course that one leads."""
        led, model = Course.objects.led_by(request.user), db_field.remote_field.model
        if model is Course:
            options["queryset"] = led
        elif "course" in {field.name for field in model._meta.get_fields()}:
            options["queryset"] = model._default_manager.filter(course__in=led)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field and isinstance(db_field, models.DateTimeField):
            field.help_text = f"{field.help_text} Time zone: {timezone.get_current_timezone()}.".strip()
        return field

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Moments are read and written in the zone of the course, not in that of the server."""
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            timezone.activate(self.course_of(found).zone)
        return found

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self.be_local(request)
        return super().changelist_view(request, extra_context)  # type: ignore[no-any-return]

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.be_local(request)
        return super().add_view(request, *args, **kwargs)  # type: ignore[no-any-return]

    def be_local(self, request: HttpRequest) -> None:
        course = self.courses(request).first()
        if course:
            timezone.activate(course.zone)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        raise Http404

    def course_of(self, obj: Any) -> Course:
        for name in self.course_path.split("__"):
            obj = getattr(obj, name)
        return obj  # type: ignore[no-any-return]


class Rows(TabularInline):
    """Rows within a form. A cell's field is named by its column, for those who don't see the table."""

    extra = 0

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        made = super().get_formset(request, obj, **options)
        for name, field in made.form.base_fields.items():
            field.widget.attrs.setdefault("aria-label", capfirst(str(field.label or name)))
        return made


class SiteAdminOnly(Listed):
    """For whoever runs the site."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    has_view_permission = has_change_permission = lambda self, request, obj=None: request.user.is_superuser
    has_add_permission = lambda self, request, obj=None: request.user.is_superuser  # noqa: E731

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
