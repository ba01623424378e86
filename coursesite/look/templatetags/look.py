"""How moments, sizes and points are written on every page."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from coursesite.look.markup import rendered

register = template.Library()
# What the course's menu leads to: title, address, for whom, and whether pages below it belong to it.
MENU = (
    ("Home", "home:course", "all", False),
    ("Schedule", "schedule:schedule", "all", True),
    ("Homework", "homework:list", "all", True),
    ("Project", "projects:index", "all", True),
    ("Grades", "grading:grades", "students", True),
    ("Gradebook", "gradebook:table", "staff", True),
    ("People", "schedule:people", "all", True),
    ("About", "schedule:about", "all", True),
)


@lru_cache(maxsize=100)
def menu_of(slug: str) -> list[tuple[str, str, str, bool]]:
    return [(title, reverse(name, args=[slug]), whom, deep) for title, name, whom, deep in MENU]


@register.simple_tag(takes_context=True)
def menu(context: template.Context) -> list[tuple[str, str, bool]]:
    """Title, address, and whether the reader is there."""
    path, part = context["request"].path, "students" if context["visit"].student else "staff"
    return [
        (title, address, path.startswith(address) if deep else path == address)
        for title, address, whom, deep in menu_of(context["course"].slug)
        if whom in ("all", part)
    ]


@register.filter
def markdown(text: str) -> str:
    return rendered(text)


@register.filter
def moment(value: datetime) -> str:
    """`Thu 13 Oct, 23:59`, in the course's zone; a semantic <time> with the exact instant."""
    local = timezone.localtime(value)
    year = f" {local.year}" if local.year != timezone.localtime().year else ""
    shown = f"{local:%a} {local.day} {local:%b}{year}, {local:%H:%M}"
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), shown)


@register.filter
def day(value: datetime) -> str:
    local = timezone.localtime(value)
    return format_html('<time datetime="{}">{}</time>', local.date().isoformat(), f"{local:%a} {local.day} {local:%b}")


@register.filter
def exactly(value: datetime) -> str:
    """With seconds and the zone, for receipts."""
    local = timezone.localtime(value)
    return format_html(
        '<time datetime="{}">{}</time>', value.isoformat(), f"{local:%a} {local.day} {local:%b %Y, %H:%M:%S %Z}"
    )


@register.filter
def distance(value: datetime) -> str:
    """`in 2 days`, `3 hours ago`."""
    left = value - timezone.now()
    words = length(abs(left))
    return f"in {words}" if left > timedelta(0) else f"{words} ago"


def length(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    for size, name in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        count = minutes // size
        if count >= 1:
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "less than a minute"


@register.filter
def points(value: Decimal | None) -> str:
    """As few decimals as say it exactly: 47.5, 100, 33.3333."""
    return "" if value is None else f"{value.normalize():f}"


@register.filter
def percent(value: Decimal | None) -> str:
    return "—" if value is None else f"{value:.2f} %"


@register.filter
def initials(name: str) -> str:
    words = name.split()
    return "".join(word[0] for word in ([words[0], words[-1]] if len(words) > 1 else words)).upper()


@register.filter
def get(mapping: dict[object, object], key: object) -> object:
    return mapping.get(key)


# What the admin's theme leaves out: where the main part begins, and what its search button is called.
MISSING = (
    ('<div id="main"', '<div id="main" role="main"'),
    ('id="searchbar-submit"', 'id="searchbar-submit" aria-label="Search"'),
)


@register.filter
def landmarks(page: str) -> SafeString:
    """A page of the admin, with what people need who don't see it."""
    for bare, named in MISSING:
        page = page.replace(bare, named, 1)
    return mark_safe(page)  # noqa: S308  # rendered by templates, which have escaped what people wrote
