"""What the admin opens on: what there is to do for this person."""

from typing import Any

from django import template

from coursesite.handin.models import ExtensionRequest, RequestState
from coursesite.roster.models import Course

from .. import queries

register = template.Library()


@register.simple_tag(takes_context=True)
def grading_todo(context: template.Context) -> list[queries.Todo]:
    request = context["request"]
    return queries.todo(Course.objects.staffed_by(request.user), request.user)


@register.simple_tag(takes_context=True)
def open_requests(context: template.Context) -> Any:
    mine = Course.objects.staffed_by(context["request"].user)
    return ExtensionRequest.objects.filter(assignment__course__in=mine, state=RequestState.OPEN).count()
