"""What teams show at the end of term: only what every author agreed to, for as long as all of them do."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef, Q

from coursesite.handin.models import SubmittedFile
from coursesite.roster.history import remembered
from coursesite.roster.models import Course, Enrollment, Membership, Team, User


class Audience(models.TextChoices):
    CLOSED = "closed", "nobody yet"
    COURSE = "course", "people of the course"
    PUBLIC = "public", "everybody, without signing in"


@remembered()
class Gallery(models.Model):
    """Who may look; the course's setting. Teams agree for the audience that it has."""

    course = models.OneToOneField(Course, models.CASCADE, primary_key=True, related_name="gallery")
    audience = models.CharField("Who may look", max_length=10, choices=Audience.choices, default=Audience.CLOSED)

    class Meta:
        verbose_name_plural = "galleries"
        constraints = [
            models.CheckConstraint(condition=Q(audience__in=Audience.values), name="gallery_audience"),
        ]

    def __str__(self) -> str:
        return f"Gallery of {self.course}"


class PublicationQuerySet(models.QuerySet["Publication"]):
    def agreed(self) -> PublicationQuerySet:
        """Those to which every author agrees now. Authors are the present members of the team, and who was in it when
        one of the milestones was due from which a file is shown."""
        due = PublishedFile.objects.filter(
            publication=OuterRef(OuterRef("pk")),
            used__submission__assignment__due_at__gte=OuterRef("joined_at"),
            used__submission__assignment__due_at__lt=OuterRef("left_at"),
        )
        said = Agreement.objects.filter(publication=OuterRef(OuterRef("pk")), enrollment=OuterRef("enrollment"))
        lacking = Membership.objects.filter(~Exists(said), team=OuterRef("team"))
        lacking = lacking.filter(Q(left_at=None) | Exists(due))
        return self.filter(~Exists(lacking), Exists(Agreement.objects.filter(publication=OuterRef("pk"))))

    def shown(self) -> PublicationQuerySet:
        return self.agreed().filter(withheld=False)


@remembered()
class Publication(models.Model):
    """A team's page in the gallery. `revision` counts changes: an agreement is to what one saw."""

    LONGEST = 2000

    team = models.OneToOneField(Team, models.CASCADE, related_name="publication")
    title = models.CharField(max_length=150)
    summary = models.TextField(max_length=LONGEST)
    revision = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    withheld = models.BooleanField(default=False, help_text="Taken out of the gallery by the staff.")

    objects = PublicationQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        constraints = [models.CheckConstraint(condition=~Q(title=""), name="publication_title")]

    def __str__(self) -> str:
        return self.title

    def authors(self) -> list[Enrollment]:
        dues = self.files.values_list("used__submission__assignment__due_at", flat=True)
        wanted = Q(left_at=None)
        for due in set(dues):
            wanted |= Q(joined_at__lte=due, left_at__gt=due)
        rows = Membership.objects.filter(wanted, team=self.team_id).select_related("enrollment__user")
        found = {row.enrollment_id: row.enrollment for row in rows.order_by("enrollment__user__sort_name")}
        return list(found.values())


class PublishedFile(models.Model):
    """One file of one version; a newer version is not shown by itself."""

    publication = models.ForeignKey(Publication, models.CASCADE, related_name="files")
    used = models.ForeignKey(SubmittedFile, models.CASCADE, related_name="+")

    class Meta:
        ordering = ["used__submission__assignment__position", "used__part__position", "used__position"]
        constraints = [models.UniqueConstraint(fields=["publication", "used"], name="published_once")]

    def __str__(self) -> str:
        return str(self.used)


@remembered()
class Agreement(models.Model):
    """Present while one agrees; withdrawing deletes it, and the page is gone at that moment."""

    publication = models.ForeignKey(Publication, models.CASCADE, related_name="agreements")
    enrollment = models.ForeignKey(Enrollment, models.CASCADE, related_name="+")
    agreed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["publication", "enrollment"], name="agreement_once")]

    def __str__(self) -> str:
        return f"{self.enrollment_id} to {self.publication}"
