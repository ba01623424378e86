"""The demo course: the shipped file moved so that today is in its sixth week, with invented students at work.

Everything goes through the services that people use; only the clock is told to them.
"""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from coursesite.coursefile import layout, parse
from coursesite.coursefile import services as coursefile
from coursesite.files.uploads import uploaded
from coursesite.handin import tagging
from coursesite.handin.models import Assignment, Submission
from coursesite.handin.services import Delivery
from coursesite.roster.models import Course, Enrollment, Letter, Role, Section, User
from grading.models import Item, Mark
from grading.services import awarding, computing, deadlines, marking
from homework import services as homework_services
from homework.models import Homework
from homework.services import Credit, comparing
from projects import services as projects
from projects.models import Milestone

from . import feedback, reading_twice, regrading, rubrics, seeking, talks, works

FILE = Path(settings.BASE_DIR) / "courses" / "deep-learning-2022.yaml"
SLUG, PASSWORD, WEEKS = "deep-learning", "deep-learning-demo", 5
ON_CAMPUS = (
    "Amara Okafor", "Bruno Castelli", "Chen Yifan", "Daria Lindqvist", "Emeka Adeyemi", "Farah Haddad", "Gustav Holm",
    "Hana Sato", "Imani Brooks", "Jonas Weber", "Kavya Raman", "Luca Moretti", "Mina Park", "Noor Rahimi",
    "Oscar Nilsson", "Priya Nair", "Quentin Dubois", "Rosa Delgado", "Samuel Mensah", "Tara Kowalski",
)  # fmt: skip
UNITE = ("Ulla Virtanen", "Viktor Novak", "Wanda Maria-Josefina van den Heuvel-Papadopoulos", "Xiao Lin")
TEAMS = ("Backpropagators", "Convoluted", "Dropouts", "Gradient Ascent")
COMMENTS = (
    "Clear and complete.",
    "The second step needs a reason.",
    "Right idea; the constant is off.",
    "See the notes.",
)


def email(name: str) -> str:
    words = name.lower().split()
    return f"{words[0]}.{words[-1]}@students.example"


@transaction.atomic
def load(*, today: date) -> Course:
    file = layout.shift(parse.parse(FILE.read_bytes(), name=FILE.name), today - timedelta(weeks=WEEKS))
    course, _ = coursefile.load(file, slug=SLUG)
    students = enroll(course)
    ran_since_its_first_day(course)
    demo = Demo(course, students)
    for act in tqdm(list(demo.acts()), desc="Demo course", leave=False, delay=1):
        act()
    # Nobody is there to be told.
    Letter.objects.filter(sent_at=None).update(sent_at=timezone.now())
    deadlines.write_missing(now=timezone.now())
    computing.compute_course(course)
    return course


def enroll(course: Course) -> list[Enrollment]:
    password = make_password(PASSWORD)
    sections = {section.name: section for section in Section.objects.filter(course=course)}
    students = []
    for at, name in enumerate([*ON_CAMPUS, *UNITE]):
        user = User(
            email=email(name), name=name, canvas_id=str(9000 + at), sis_id=f"demo-{at + 1:02}", password=password
        )
        user.save()
        section = sections["UNITE" if name in UNITE else "On-campus"]
        students.append(Enrollment.objects.create(course=course, user=user, section=section))
    User.objects.filter(enrollments__in=course.enrollments.staff()).update(password=password)
    return students


def ran_since_its_first_day(course: Course) -> None:
    """The demo pretends to have run all along, so that its past deadlines mean something."""
    first = datetime.combine(course.first_day, datetime.min.time(), course.zone)
    Assignment.objects.filter(course=course).update(created_at=first)
    Enrollment.objects.filter(course=course).update(enrolled_at=first)


class Demo:
    """What happened in six weeks; the same each time."""

    def __init__(self, course: Course, students: list[Enrollment]) -> None:
        self.course, self.students = course, students
        self.dice = random.Random(2022)  # noqa: S311
        self.tas = list(User.objects.filter(enrollments__course=course, enrollments__role=Role.TA))
        self.sets = list(Homework.objects.filter(course=course))
        self.graded_at = dict.fromkeys(self.tas, timezone.now() - timedelta(hours=6))

    def acts(self) -> Iterator:  # type: ignore[type-arg]
        """Past sets: one released, one half graded, one open; teams, and their proposals."""
        now = timezone.now()
        for number, homework in enumerate(self.sets):
            if homework.opens_at < now:
                yield from self.homework_acts(number, homework, now)
        yield self.teams
        yield self.proposals
        yield lambda: talks.arrange(self.course)

    def homework_acts(self, number: int, homework: Homework, now: datetime) -> Iterator:  # type: ignore[type-arg]
        past = homework.due_at < now
        rate = 0.92 if past else 0.3
        if past:
            yield lambda: rubrics.write(homework, self.tas[0])
        for at, student in enumerate(self.students):
            if self.dice.random() < rate:
                graded = number == 0 or (past and at < len(self.students) // 2)
                yield lambda s=student, at=at, g=graded: self.work(homework, s, at, now, graded=g)
        if number == 0:
            yield lambda: feedback.give(homework, self.tas)
            yield lambda: self.release(homework)
            yield lambda: self.compare(homework)
            yield lambda: reading_twice.read(homework, self.tas)
            yield lambda: regrading.ask_and_answer(homework)

    def compare(self, homework: Homework) -> None:
        now = timezone.now()
        comparing.compare(comparing.ask(homework=homework, by=self.tas[0], now=now).pk, now=now)

    def release(self, homework: Homework) -> None:
        leader = User.objects.get(enrollments__course=self.course, enrollments__role=Role.INSTRUCTOR)
        awarding.release(items=list(Item.objects.filter(assignment=homework)), by=leader)

    def work(self, homework: Homework, student: Enrollment, at: int, now: datetime, *, graded: bool) -> None:
        moment = min(homework.due_at, now) - timedelta(minutes=self.dice.randint(3, 2500))
        moment = max(moment, homework.opens_at + timedelta(minutes=5))
        problems = list(homework.problems.all())
        name, title = str(student.user), str(homework)
        files = {
            "written-part": [uploaded(works.written(title, name, [p.title for p in problems], at), f"{title}.pdf")],
            "notebook": [uploaded(works.notebook(title, name, at), f"{title}.ipynb")],
        }
        credits = {problem.number: Credit() for problem in problems}
        if at % 3 == 0:
            credits[2] = Credit(frozenset({self.students[at - 1].pk}), "")
        elif at % 6 == 5:
            credits[2] = Credit(frozenset({self.students[(at + 1) % len(self.students)].pk}), "")
        made, _ = homework_services.submit(
            homework=homework,
            enrollment=student,
            delivery=Delivery(files, uuid4(), moment, moment),
            acknowledged=credits,
        )
        if at % 4 != 3:
            (written,) = made.files.filter(part__key="written-part")
            tagging.tag(submission=made, by=student.user, chosen=[(written.pk, p.number, p.number) for p in problems])
        if graded:
            self.mark(made, at)

    def mark(self, made: Submission, at: int) -> None:
        skill = 0.6 + 0.4 * ((at * 7) % 10) / 10
        given = [
            rubrics.judged(problem, skill, self.dice, self.dice.choice(COMMENTS))
            for problem in made.assignment.problems.all()
        ]
        grader = self.tas[at % len(self.tas)]
        marking.mark(submission=made, grader=grader, given=given)
        # As a person grades: two minutes for a problem, so that the admin can tell how long the rest will take.
        for mark in Mark.objects.filter(submission=made):
            self.graded_at[grader] += timedelta(minutes=2)
            Mark.objects.filter(pk=mark.pk).update(marked_at=self.graded_at[grader])

    def teams(self) -> None:
        """Four teams of four; the last eight students seek one, and one of them has begun a team."""
        self.founded = []
        for at, name in enumerate(TEAMS):
            first, *others = self.students[at * 4 : at * 4 + 4]
            team = projects.found(enrollment=first, name=name)
            for other in others:
                projects.accept(invitation=projects.invite(team=team, by=first, invited=other), enrollment=other)
            self.founded.append((team, first))
        small = projects.found(enrollment=self.students[20], name="Latent Space")
        projects.invite(team=small, by=self.students[20], invited=self.students[21])
        seeking.tell(self.course, self.students, [first for _, first in self.founded])

    def proposals(self) -> None:
        now = timezone.now()
        proposal = Milestone.objects.filter(course=self.course).order_by("position").first()
        if proposal is None or not proposal.opens_at < now <= proposal.due_at:
            return
        rubrics.write_proposal(proposal, self.tas[0])
        for team, first in self.founded[:2]:
            text = works.pdf(str(proposal), f"Team {team}", ["Idea\n\nWe study how depth changes what is learned."])
            files = {"proposal": [uploaded(text, "proposal.pdf")]}
            projects.submit(milestone=proposal, enrollment=first, delivery=Delivery(files, uuid4(), now, now))


def accounts(course: Course) -> str:
    """What `up` prints."""
    staff = course.enrollments.staff().select_related("user")
    lines = [f"  {row.get_role_display():<11} {row.user.email}" for row in staff]
    lines += [f"  {'Student':<11} {email(name)}" for name in (ON_CAMPUS[0], ON_CAMPUS[1], UNITE[0])]
    return "\n".join([f"Demo accounts, all with the password {PASSWORD}:", *lines, ""])
