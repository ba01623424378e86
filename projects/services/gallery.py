"""The gallery: a team proposes, every author agrees, anyone takes it back."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction

from coursesite.handin.models import SubmittedFile
from coursesite.roster.models import Course, Enrollment, Team, User

from ..models import Agreement, Gallery, Publication, PublishedFile
from .talks import check_leads, check_staff
from .teams import check_member

CHANGED = "A teammate has changed the page since you saw it. Look at it again, and agree then."


@transaction.atomic
def open_to(*, course: Course, audience: str, by: User) -> Gallery:
    """A wider audience than the one that teams agreed to asks them anew."""
    check_leads(course, by)
    row = Gallery.objects.select_for_update().filter(course=course).first() or Gallery(course=course)
    if audience == "public" and row.audience != "public":
        Agreement.objects.filter(publication__team__course=course).delete()
    row.audience = audience
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def propose(
    *, team: Team, enrollment: Enrollment, title: str, summary: str, used: Iterable[SubmittedFile]
) -> Publication:
    """By any member, who agrees with it; whatever changes asks all the others anew."""
    # Locked: two members may write at once.
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    check_member(team, enrollment)
    wanted = {one.pk for one in used}
    if SubmittedFile.objects.filter(pk__in=wanted, submission__team=team).count() != len(wanted):
        raise ValidationError("Only files that your team has handed in can be shown.")
    row = Publication.objects.filter(team=team).first() or Publication(team=team, revision=0)
    before = set(row.files.values_list("used", flat=True)) if row.pk else set()
    if (row.title, row.summary, before) != (title.strip(), summary.strip(), wanted) or not row.pk:
        row.title, row.summary, row.changed_by = title.strip(), summary.strip(), enrollment.user
        row.revision += 1
        row.full_clean()
        row.save()
        row.files.exclude(used__in=wanted).delete()
        PublishedFile.objects.bulk_create(PublishedFile(publication=row, used_id=pk) for pk in sorted(wanted - before))
        row.agreements.all().delete()
    Agreement.objects.get_or_create(publication=row, enrollment=enrollment)
    return row


@transaction.atomic
def agree(*, publication: Publication, enrollment: Enrollment, revision: int) -> None:
    row = Publication.objects.select_for_update().get(pk=publication.pk)
    if enrollment not in row.authors():
        raise ValidationError("Only its authors agree.")
    if row.revision != revision:
        raise ValidationError(CHANGED)
    Agreement.objects.get_or_create(publication=row, enrollment=enrollment)


@transaction.atomic
def take_back(*, publication: Publication, enrollment: Enrollment) -> None:
    """At any time, and at once."""
    if not Agreement.objects.filter(publication=publication, enrollment=enrollment).delete()[0]:
        raise ValidationError("You have not agreed.")


@transaction.atomic
def withhold(*, publication: Publication, withheld: bool, by: User) -> None:
    check_staff(publication.team.course, by)
    publication.withheld = withheld
    publication.save(update_fields=["withheld"])
