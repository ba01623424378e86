"""What the demo's graders wrote on the released set: notes on pages and a cell, a comment on the whole, and texts that
they keep to say again."""

from coursesite.files import services as files
from coursesite.handin.models import Assignment, Submission, SubmittedFile
from coursesite.roster.models import User
from grading.services import annotating, saving_comments
from grading.services.annotating import Drawn

SAVED = (
    ("The second step needs a reason.", True),
    ("Right idea; the constant is off by a factor of $2$.", True),
    ("State what you assume about the step size: here $\\eta < 1 / \\lambda_{\\max}(X^T X)$ is needed.", True),
    ("Please label the axes of your plots.", False),
)
WAVE = [(1220 + 145 * at, 2095 + 25 * (at % 2)) for at in range(24)]
NOTES = (
    (
        1,
        "box",
        [(1150, 2150), (6500, 2310)],
        "Where does the factor $2$ come from? Differentiate $\\|Xw - y\\|^2$ once.",
    ),
    (1, "stroke", WAVE, ""),
    (1, "text", [(2900, 2430)], "“Hence” is too quick: bound the loss after $k$ steps first."),
    (2, "text", [(2900, 2430)], "Well put. This is the clearest solution of the set."),
)
CELL = "Print the loss of the *validation* set too; the training loss alone says little."
REMARK = (
    "A strong start. Your ideas are right throughout; write the steps between them down, as if for a classmate "
    "who missed the lecture."
)


def give(homework: Assignment, graders: list[User]) -> None:
    """To the first of the set; the rest got points and a line. Each more would cost seconds of the start."""
    for text, shared in SAVED:
        saving_comments.save(course=homework.course, owner=graders[0], text=text, shared=shared)
    rows = Submission.objects.current().filter(assignment=homework).select_related("assignment__course", "enrollment")
    work = rows.order_by("enrollment_id").first()
    if work:
        annotate(work, graders[0])


def annotate(work: Submission, grader: User) -> None:
    problems = list(work.assignment.problems.all())
    used = {row.part.key: row for row in work.files.select_related("part", "file")}
    for page, shape, points, text in NOTES:
        drawn = Drawn(seen(used["written-part"]), page, shape, points, text)
        annotating.annotate(submission=work, problem=problems[page - 1], grader=grader, drawn=drawn)
    drawn = Drawn(seen(used["notebook"]), 2, "cell", [], CELL)
    annotating.annotate(submission=work, problem=problems[-1], grader=grader, drawn=drawn)
    annotating.remark(submission=work, grader=grader, text=REMARK)


def seen(used: SubmittedFile) -> int:
    """Notes lie on pages, which the worker makes otherwise."""
    files.inspect(str(used.file_id))
    return used.pk
