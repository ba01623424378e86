"""What graders say beside the points: on a place of the work, on the whole of it, and texts to say again."""

from __future__ import annotations

from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import MD5

from coursesite.handin.models import Problem, Submission, SubmittedFile
from coursesite.roster.history import remembered
from coursesite.roster.models import Course, User, type_user

LONGEST = 4000


class Shape(models.TextChoices):
    BOX = "box", "Box"
    STROKE = "stroke", "Pen stroke"
    TEXT = "text", "Note"
    CELL = "cell", "Note on a cell"


@remembered()
class Annotation(models.Model):
    """A mark on one place of the work, for one problem.

    `points` are pairs in ten-thousandths of the page's width and height, so that they fit however large it is shown:
    two corners of a box, the line of a stroke, the place of a note. A note on a notebook's cell has none; `page` is
    the cell then, counted from one as pages are.
    """

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="annotations")
    problem = models.ForeignKey(Problem, models.PROTECT, related_name="annotations")
    used = models.ForeignKey(SubmittedFile, models.CASCADE, related_name="annotations")
    page = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5000)])
    shape = models.CharField(max_length=10, choices=Shape.choices)
    points = models.JSONField(default=list, blank=True)
    text = models.TextField(blank=True, validators=[MaxLengthValidator(LONGEST)])
    grader = models.ForeignKey(User, models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1, help_text="Counts saves, so that a second grader sees the first.")
    made_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["used__part__position", "used__position", "used", "page", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(shape__in=Shape.values), name="annotation_shape"),
            models.CheckConstraint(condition=Q(page__gte=1), name="annotation_page"),
            models.CheckConstraint(
                condition=Q(shape__in=["box", "stroke"]) | ~Q(text=""),
                name="annotation_says_something",
                violation_error_message="Write what the note says.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_shape_display()} on page {self.page}"


@remembered()
class Remark(models.Model):
    """A comment on the work as a whole; those on a problem stand with its mark."""

    submission = models.OneToOneField(Submission, models.CASCADE, related_name="remark")
    text = models.TextField(validators=[MaxLengthValidator(LONGEST)])
    grader = models.ForeignKey(User, models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1, help_text="Counts saves, so that a second grader sees the first.")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(text=""), name="remark_told", violation_error_message="A comment has a text."
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class SavedCommentQuerySet(models.QuerySet["SavedComment"]):
    def visible_to(self, user: type_user) -> SavedCommentQuerySet:
        """One's own, and what colleagues share, in the courses that one is staff of."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(owner=user) | Q(shared=True), course__in=Course.objects.staffed_by(user))

    def saying(self, words: str) -> SavedCommentQuerySet:
        """Those in which every one of the words stands."""
        found = self
        for word in words.split()[:10]:
            found = found.filter(text__icontains=word)
        return found


@remembered()
class SavedComment(models.Model):
    """A text that a grader says again and again, for this grader alone or for all of the course."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="saved_comments")
    owner = models.ForeignKey(User, models.CASCADE, related_name="+")
    text = models.TextField(validators=[MaxLengthValidator(LONGEST)])
    shared = models.BooleanField(default=False, help_text="All who grade in this course find it.")
    changed_at = models.DateTimeField(auto_now=True)

    objects = SavedCommentQuerySet.as_manager()

    class Meta:
        ordering = ["text", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="saved_comment_told"),
            # By its digest: an index entry holds less than a long comment does.
            models.UniqueConstraint(
                "course",
                "owner",
                MD5("text"),
                name="saved_comment_once",
                violation_error_message="You have saved this comment already.",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]
