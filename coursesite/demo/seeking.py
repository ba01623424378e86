"""What the demo's students tell for the board: topics, skills, free hours, whom they would like to work with; ideas."""

import random

from coursesite.roster.models import Course, Enrollment
from coursesite.schedule.models import Topic
from projects import services as projects
from projects.models import DAYS, HOURS
from projects.services import Proposal, Told

SKILLS = ("PyTorch", "JAX", "statistics", "writing", "plots", "Linux clusters", "annotating data", "signal processing")
KEYWORDS = ("medical images", "climate", "music", "speech", "robots", "fairness", "chemistry")
ABOUT = (
    "I would like to see something work on real data.",
    "I learn best by proving things first.",
    "Happy to do the plots and the writing.",
    "I work in the evenings, and answer quickly.",
    "I have a laptop with a GPU and patience.",
    "",
)
# For the first teams, then free ones.
IDEAS = (
    (
        "How deep is deep enough?",
        "Networks of 2 to 50 layers on the same budget of parameters: where does $f_\\theta$ stop getting better?\n\n"
        "- data: CIFAR-10 and a smaller set of our own\n- success: one plot that answers the question",
        ("PyTorch", "plots"),
    ),
    (
        "Cheap labels from clumsy annotators",
        "Can a model tell which of three annotators is tired? We label 500 images ourselves, some late at night.",
        ("annotating data", "statistics"),
    ),
    (
        "Hearing a bridge age",
        "Vibrations of a footbridge over a year; an autoencoder that notices a change. The recordings are public.",
        ("signal processing", "PyTorch"),
    ),
    (
        "A chess player that explains itself",
        "A small network that plays end games, and says in words why. Success: a beginner finds the explanation right.",
        ("writing", "JAX"),
    ),
)


def tell(course: Course, students: list[Enrollment], founders: list[Enrollment]) -> None:
    """Most have told something; some who seek a team have asked for each other."""
    dice = random.Random(2022)  # noqa: S311
    topics = list(Topic.objects.filter(course=course, lectures_planned__isnull=False))
    seeking = students[16:]
    wishes = {seeking[0]: [seeking[1]], seeking[1]: [seeking[0], seeking[2]], seeking[6]: [seeking[3]]}
    for student in students[:-1]:
        told = Told(
            topics=dice.sample(topics, 3), keywords=dice.sample(KEYWORDS, dice.randint(0, 2)), about=dice.choice(ABOUT),
            skills=dice.sample(SKILLS, dice.randint(1, 3)), hours=hours(dice), wishes=wishes.get(student, []),
        )  # fmt: skip
        projects.profile_save(enrollment=student, told=told)
    for author, (title, text, skills) in zip([*founders[:2], *seeking[1:3]], IDEAS, strict=True):
        projects.idea_post(enrollment=author, proposal=Proposal(title, text, dice.sample(topics, 1), skills))


def hours(dice: random.Random) -> list[int]:
    """Afternoons and evenings of four days."""
    found = []
    for day in dice.sample(range(len(DAYS)), 4):
        first = dice.randint(2, 4)
        found += [day * len(HOURS) + block for block in range(first, first + 3)]
    return found
