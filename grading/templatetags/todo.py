"""What the admin opens on: what there is to do for this person."""

from datetime import timedelta
from typing import Any

from django import template
from django.utils import timezone

from coursesite.handin.models import ExtensionRequest, RequestState
from coursesite.roster.models import Course

from .. import late_adds, progress
from ..models import Regrade

register = template.Library()


@register.simple_tag(takes_context=True)
def grading_todo(context: template.Context) -> list[progress.Todo]:
    request = context["request"]
    return progress.todo(Course.objects.staffed_by(request.user), request.user)


@register.simple_tag(takes_context=True)
def open_requests(context: template.Context) -> Any:
    mine = Course.objects.staffed_by(context["request"].user)
    return ExtensionRequest.objects.filter(assignment__course__in=mine, state=RequestState.OPEN).count()


@register.simple_tag(takes_context=True)
def my_regrades(context: template.Context) -> int:
    """How many requests for a regrade wait for this person."""
    me = context["request"].user
    return Regrade.objects.mine(me).filter(pk__in=Regrade.objects.visible_to(me).values("pk")).count()


@register.simple_tag(takes_context=True)
def staffed_courses(context: template.Context) -> Any:
    return Course.objects.staffed_by(context["request"].user)


@register.simple_tag(takes_context=True)
def came_late(context: template.Context) -> int:
    """How many students enrolled after something was due, and wait for a decision of this person."""
    led = Course.objects.led_by(context["request"].user)
    return len(late_adds.proposals(led, now=timezone.now()))


@register.filter
def about(span: timedelta | None) -> str:
    """`about 3 hours`: rounded up, since a promise that is kept early is the better one."""
    if span is None:
        return ""
    minutes = -(-int(span.total_seconds()) // 60)
    if minutes < 90:
        return f"about {max(minutes, 1)} minute{'' if minutes <= 1 else 's'}"
    return f"about {-(-minutes // 60)} hours"
