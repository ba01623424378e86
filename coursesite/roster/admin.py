"""People, courses and teams in the admin."""

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from rest_framework.authtoken.models import TokenProxy

from .models import Course, Enrollment, Membership, Section, Team, User
from .staff_site import CourseScoped, SiteAdminOnly

# Roles are enrolments, addresses stand with the person, and nobody reads another's token.
admin.site.unregister([Group, EmailAddress, TokenProxy])


@admin.register(User)
class UserAdmin(SiteAdminOnly):
    list_display = ["name", "email", "is_active", "is_superuser", "last_login"]
    list_filter = ["is_active", "is_superuser"]
    search_fields = ["name", "email"]
    exclude = ["password", "groups", "user_permissions", "last_login"]


@admin.register(Course)
class CourseAdmin(CourseScoped):
    course_path = "pk"
    lead_changes = True
    list_display = ["title", "term", "slug", "first_day", "last_day"]
    fieldsets = [
        (None, {"fields": ["title", "term", "slug", "department", "university", "website", "accent"]}),
        ("When and where", {"fields": ["first_day", "last_day", "time_zone"]}),
        ("Teams", {"fields": ["team_min", "team_max", "teams_lock_at"]}),
        ("More time", {"fields": ["extensions_at_once", "extension_hours", "late_budget", "late_budget_each"]}),
        ("Grades", {"fields": ["shows_statistics", "regrade_days"]}),
    ]
    readonly_fields = ["slug"]

    def course_of(self, obj: Course) -> Course:
        return obj


@admin.register(Section)
class SectionAdmin(CourseScoped):
    lead_changes = True
    list_display = ["name", "course", "recording_delay_days"]
    fields = ["course", "name", "recording_delay_days"]
    readonly_fields = ["course"]


@admin.register(Enrollment)
class EnrollmentAdmin(CourseScoped):
    """Instructors change section and status; roles and people come with the roster."""

    lead_changes = True
    list_display = ["person", "email", "course", "role", "section", "status"]
    list_filter = ["role", "status", "section"]
    search_fields = ["user__name", "user__email"]
    fields = ["user", "email", "course", "role", "section", "status", "enrolled_at"]
    readonly_fields = ["user", "email", "course", "role", "enrolled_at"]
    list_select_related = ["user", "course", "section"]

    @admin.display(description="Name", ordering="user__sort_name")
    def person(self, row: Enrollment) -> str:
        return str(row.user)

    @admin.display(description="E-mail", ordering="user__email")
    def email(self, row: Enrollment) -> str:
        return row.user.email


@admin.register(Team)
class TeamAdmin(CourseScoped):
    list_display = ["name", "course", "members"]
    search_fields = ["name", "memberships__enrollment__user__name"]
    fields = ["name", "course", "members", "created_at"]
    readonly_fields = ["members", "created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        current = Membership.objects.current().select_related("enrollment__user")
        found: QuerySet[Team] = super().get_queryset(request)
        return found.prefetch_related(Prefetch("memberships", current, to_attr="current_members"))

    @admin.display(description="Members")
    def members(self, team: Team) -> str:
        return ", ".join(str(row.enrollment.user) for row in team.current_members)  # type: ignore[attr-defined]
