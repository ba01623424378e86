"""The schedule in the admin: recordings and material, office hours, books and links."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from coursesite.roster.models import Role
from coursesite.roster.staff_site import CourseScoped

from .models import Lecture, OfficeHours, Resource


class CourseStays(CourseScoped):
    """The course is chosen once."""

    lead_changes = lead_adds = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["course"] if obj else []


@admin.register(Lecture)
class LectureAdmin(CourseStays):
    list_display = ["number", "title", "starts_at", "has_material", "has_recording"]
    list_display_links = ["title"]
    list_filter = ["topic"]
    search_fields = ["title", "topic__title"]
    fields = ["course", "number", "topic", "title", "starts_at", "ends_at", "room", "material_url", "recording_url"]

    @admin.display(description="Material")
    def has_material(self, lecture: Lecture) -> str:
        return "✓ linked" if lecture.material_url else "not yet"

    @admin.display(description="Recording")
    def has_recording(self, lecture: Lecture) -> str:
        return "✓ linked" if lecture.recording_url else "not yet"


@admin.register(OfficeHours)
class OfficeHoursAdmin(CourseStays):
    list_display = ["person", "part", "weekday", "starts", "ends", "place"]
    list_filter = ["weekday", "role"]
    search_fields = ["person", "place"]
    ordering = ["weekday", "starts", "position"]
    fields = ["course", "person", "role", "email", "weekday", "starts", "ends", "place", "position"]

    @admin.display(description="Role", ordering="role")
    def part(self, hours: OfficeHours) -> str:
        return dict(Role.choices).get(hours.role, hours.role)


@admin.register(Resource)
class ResourceAdmin(CourseStays):
    list_display = ["title", "kind", "by", "url"]
    list_filter = ["kind"]
    search_fields = ["title", "by"]
    fields = ["course", "kind", "title", "by", "detail", "url", "position"]
