"""What course staff do not get to see of handed-in work. Grading, a storey above, says it when it is ready: names that
stay hidden until a release, and work that is given to other graders alone."""

from collections.abc import Callable

from django.db.models import Q

from coursesite.roster.models import type_user

Rule = Callable[[type_user], Q]


def nothing(user: type_user) -> Q:
    return Q(pk__in=[])


# Of assignments, whose names are hidden; and of submissions, which are closed to this person.
rules: dict[str, Rule] = {"nameless": nothing, "closed": nothing}


def nameless(user: type_user) -> Q:
    return rules["nameless"](user)


def closed(user: type_user) -> Q:
    return rules["closed"](user)
