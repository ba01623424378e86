"""What students tell about themselves, and the projects that they propose."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from coursesite.roster.models import Course, Enrollment, User
from coursesite.schedule.models import Topic

from ..models import Idea, Profile
from .teams import check_member, check_staff, check_student, team_of


@dataclass(frozen=True)
class Told:
    """One student's own words; whoever is wished for learns it only when the wish is mutual and kept."""

    topics: Sequence[Topic] = ()
    keywords: Sequence[str] = ()
    about: str = ""
    skills: Sequence[str] = ()
    hours: Sequence[int] = ()
    wishes: Sequence[Enrollment] = ()
    seeking: bool = True


@transaction.atomic
def profile_save(*, enrollment: Enrollment, told: Told) -> Profile:
    check_student(enrollment)
    check_topics(told.topics, enrollment.course)
    check_wishes(enrollment, told.wishes)
    # Locked: two tabs at once would make two rows.
    Enrollment.objects.select_for_update(no_key=True).get(pk=enrollment.pk)
    row = Profile.objects.filter(enrollment=enrollment).first() or Profile(enrollment=enrollment)
    row.keywords, row.skills, row.about = list(told.keywords), list(told.skills), told.about.strip()
    row.hours, row.seeking = sorted(set(told.hours)), told.seeking
    row.full_clean()
    row.save()
    row.topics.set(told.topics)
    row.wishes.set(told.wishes)
    return row


def check_topics(topics: Sequence[Topic], course: Course) -> None:
    if any(topic.course_id != course.pk for topic in topics):
        raise ValidationError("This is no topic of the course.")


def check_wishes(enrollment: Enrollment, wishes: Sequence[Enrollment]) -> None:
    for wish in wishes:
        check_student(wish)
        if wish.course_id != enrollment.course_id or wish == enrollment:
            raise ValidationError("Wish for classmates of this course.")
    most = enrollment.course.team_max - 1
    if len(wishes) > most:
        raise ValidationError(f"A team has {most + 1} members: wish for {most} at most.")


@dataclass(frozen=True)
class Proposal:
    title: str
    text: str
    topics: Sequence[Topic] = ()
    skills: Sequence[str] = field(default_factory=tuple)


@transaction.atomic
def idea_post(*, enrollment: Enrollment, proposal: Proposal) -> Idea:
    """The first idea that somebody posts from within a team is the team's."""
    check_student(enrollment)
    team = team_of(enrollment)
    if team and Idea.objects.standing().filter(team=team).exists():
        team = None
    return keep(Idea(author=enrollment, team=team), proposal)


@transaction.atomic
def idea_change(*, idea: Idea, enrollment: Enrollment, proposal: Proposal) -> Idea:
    """By its author, or a member of the team that works on it."""
    row = held(idea)
    check_own(row, enrollment)
    return keep(row, proposal)


def keep(row: Idea, proposal: Proposal) -> Idea:
    check_topics(proposal.topics, row.author.course)
    row.title, row.text, row.skills = " ".join(proposal.title.split()), proposal.text.strip(), list(proposal.skills)
    row.full_clean()
    row.save()
    row.topics.set(proposal.topics)
    return row


@transaction.atomic
def idea_take(*, idea: Idea, enrollment: Enrollment) -> None:
    """A team settles on an idea of one of its members."""
    row, team = held(idea), team_of(enrollment)
    if team is None:
        raise ValidationError("Found or join a team first.")
    check_member(team, row.author)
    if row.team and row.team != team:
        raise ValidationError("Another team works on this idea.")
    Idea.objects.standing().filter(team=team).update(team=None)
    row.team = team
    row.full_clean()
    row.save()


@transaction.atomic
def idea_withdraw(*, idea: Idea, by: User, now: datetime) -> None:
    """By its author or its team; by staff when it does not belong here."""
    row = held(idea)
    own = Enrollment.objects.active().students().filter(course=row.author.course_id, user=by).first()
    if own:
        check_own(row, own)
    else:
        check_staff(row.author.course, by)
    row.withdrawn_at, row.team = now, None
    row.save()


def held(idea: Idea) -> Idea:
    # Locked: two members may settle on ideas, or change one, at once.
    row = Idea.objects.select_for_update(of=("self",)).select_related("author__course", "team").get(pk=idea.pk)
    if row.withdrawn_at:
        raise ValidationError("This idea is withdrawn.")
    return row


def check_own(idea: Idea, enrollment: Enrollment) -> None:
    if idea.author_id != enrollment.pk and (idea.team is None or idea.team != team_of(enrollment)):
        raise ValidationError("Only its author and the team that works on it change an idea.")
