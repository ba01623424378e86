"""The comment bank as a list: to change one's own, and to clear out."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest

from coursesite.roster.models import Course
from coursesite.roster.staff_site import CourseScoped, may_change, parts

from ..models import SavedComment
from ..services import saving_comments


@admin.register(SavedComment)
class SavedCommentAdmin(CourseScoped):
    """One's own, and what colleagues share. Its owner changes one; whoever leads the course may delete a shared one."""

    fields = ["course", "text", "shared"]
    list_display = ["text", "shared", "owner", "course"]
    list_filter = ["shared"]
    search_fields = ["text"]
    list_select_related = ["owner", "course"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SavedComment]:
        found: QuerySet[SavedComment] = super().get_queryset(request)
        return found & SavedComment.objects.visible_to(request.user)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(parts(request).staffed)

    def has_change_permission(self, request: HttpRequest, obj: SavedComment | None = None) -> bool:
        return self.has_view_permission(request) if obj is None else obj.owner_id == request.user.pk

    def has_delete_permission(self, request: HttpRequest, obj: SavedComment | None = None) -> bool:
        if obj is None:
            return self.has_view_permission(request)
        return obj.owner_id == request.user.pk or may_change(request, obj.course)

    def get_readonly_fields(self, request: HttpRequest, obj: SavedComment | None = None) -> list[str]:
        return ["course"] if obj else []

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **options)
        field.queryset = Course.objects.staffed_by(request.user)
        field.widget.can_view_related = False
        return field

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Whoever grades in one course alone need not choose it."""
        given: dict[str, Any] = super().get_changeform_initial_data(request)
        mine = Course.objects.staffed_by(request.user)
        return {"course": mine[0].pk} | given if len(mine) == 1 else given

    def save_model(self, request: HttpRequest, obj: SavedComment, form: Any, change: bool) -> None:
        told: dict[str, Any] = {"text": obj.text, "shared": obj.shared}
        if change:
            saving_comments.change(comment=obj, by=request.user, **told)  # type: ignore[arg-type]
        else:
            made = saving_comments.save(course=obj.course, owner=request.user, **told)  # type: ignore[arg-type]
            obj.pk = made.pk

    def delete_model(self, request: HttpRequest, obj: SavedComment) -> None:
        saving_comments.delete(comment=obj, by=request.user)  # type: ignore[arg-type]

    def delete_queryset(self, request: HttpRequest, rows: QuerySet[SavedComment]) -> None:
        for row in rows.select_related("course"):
            if not self.has_delete_permission(request, row):
                raise PermissionDenied
            self.delete_model(request, row)
