"""A01, finer: who gets what, for every part that somebody can have in a course, on real objects.

Each row names those who see the page or file; everybody else gets a 404, and who is not signed in is asked to.
"""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from coursesite.files import services as files
from coursesite.files.models import StoredFile
from coursesite.files.tests import samples
from coursesite.handin.models import Submission
from coursesite.roster.models import Membership, Role, Status
from grading.models import Item, Regrade
from grading.policy import State
from grading.services import awarding, rubrics
from homework import services as homework_services
from homework.models import Comparison, Homework, Likeness
from homework.services import Credit
from projects import services as projects
from projects.models import Formation
from projects.services import gallery, talks
from projects.slotting import Planned

pytestmark = pytest.mark.django_db
STUDENTS = {"owner", "teammate", "former", "classmate", "elsewhere"}
STAFF = {"ta", "instructor", "admin"}
EVERYBODY = STUDENTS | STAFF
LEADERS = {"instructor", "admin"}
OUTSIDERS = {"dropped", "other ta", "other instructor"}
COURSE = "/c/deep-learning/"
API = "/api/v1/courses/deep-learning/"
ROWS = {
    "home": (COURSE, EVERYBODY),
    "schedule": (f"{COURSE}schedule/", EVERYBODY),
    "people": (f"{COURSE}people/", EVERYBODY),
    "about": (f"{COURSE}about/", EVERYBODY),
    "sets": (f"{COURSE}homework/", EVERYBODY),
    "a set": (f"{COURSE}homework/homework-1/", EVERYBODY),
    "classmates that are found": (f"{COURSE}homework/homework-1/classmates/?mates-1=a", STUDENTS),
    "a set that is not out": (f"{COURSE}homework/homework-2/", STAFF),
    "asking for more time": (f"{COURSE}more-time/homework-1/", STUDENTS),
    "project": (f"{COURSE}project/", EVERYBODY),
    "board": (f"{COURSE}project/board/", EVERYBODY),
    "own interests": (f"{COURSE}project/interests/", STUDENTS),
    "posting an idea": (f"{COURSE}project/ideas/new/", STUDENTS),
    "an idea": (f"{COURSE}project/ideas/{{idea}}/", EVERYBODY),
    "changing the team's idea": (f"{COURSE}project/ideas/{{idea}}/change/", {"owner", "teammate"}),
    "all teams": (f"{COURSE}project/overview/", STAFF),
    "forming teams": (f"{COURSE}project/forming/", LEADERS),
    "proposed teams": (f"{COURSE}project/forming/{{formation}}/", LEADERS),
    "milestone": (f"{COURSE}project/proposal/", EVERYBODY),
    "timetable": (f"{COURSE}project/talks/proposal/", EVERYBODY),
    "timetable to print": (f"{COURSE}project/talks/proposal/print/", EVERYBODY),
    "opening slots": (f"{COURSE}project/talks/proposal/open/", LEADERS),
    "a slot": (f"{COURSE}project/talks/proposal/slots/{{slot}}/", LEADERS),
    "a talk": (f"{COURSE}project/talks/proposal/{{talk}}/", EVERYBODY),
    "rating teammates": (f"{COURSE}project/evaluation/proposal/", EVERYBODY),
    "scores within teams": (f"{COURSE}project/members/proposal/", STAFF),
    "scores within a team": (f"{COURSE}project/members/proposal/{{the_team}}/", STAFF),
    "gallery": (f"{COURSE}gallery/", EVERYBODY),
    "a team's page in the gallery": (f"{COURSE}gallery/ours/", STUDENTS),
    "a page that is not agreed to": (f"{COURSE}gallery/{{publication}}/", STAFF),
    "a file that is not agreed to": (f"{COURSE}gallery/{{publication}}/files/{{published}}/", STAFF),
    "scoring a talk": (f"{COURSE}project/talks/proposal/live/{{talk}}/", STAFF),
    "scores of talks": (f"{COURSE}project/talks/proposal/scores/", STAFF),
    "receipt": ("/submissions/{own}/", {"owner"} | STAFF),
    "signed receipt": ("/submissions/{own}/receipt.txt", {"owner"} | STAFF),
    "tags": ("/submissions/{own}/tags/", {"owner"} | STAFF),
    "card of a file": ("/submissions/{own}/files/{own_file}/card/", {"owner"} | STAFF),
    "file": ("/submissions/{own}/files/{own_file}/", {"owner"} | STAFF),
    "page image": ("/submissions/{own}/files/{own_file}/pages/1.png", {"owner"} | STAFF),
    "notebook": ("/submissions/{own}/files/{own_notebook}/notebook.html", {"owner"} | STAFF),
    "team's receipt": ("/submissions/{team}/", {"owner", "teammate"} | STAFF),
    "team's file": ("/submissions/{team}/files/{team_file}/", {"owner", "teammate"} | STAFF),
    "released feedback": (f"{COURSE}grades/{{released}}/", STUDENTS & {"owner"}),
    "what if": (f"{COURSE}grades/what-if/", STUDENTS),
    "arithmetic": (f"{COURSE}grades/arithmetic/", STUDENTS),
    "feedback that is not released": (f"{COURSE}grades/{{hidden}}/", set()),
    "a problem's regrade": (f"{COURSE}grades/{{released}}/regrade/1/", {"owner"}),
    "regrade of what is not released": (f"{COURSE}grades/{{hidden}}/regrade/1/", set()),
    "a file under another's submission": ("/submissions/{team}/files/{own_file}/", set()),
    "API: course": (f"{API}schedule/", EVERYBODY),
    "API: sets": (f"{API}homework/", EVERYBODY),
    "API: submissions": (f"{API}submissions/", EVERYBODY),
    "API: tags": (f"{API}submissions/{{own}}/tags/", {"owner"} | STAFF),
    "API: tags of a team": (f"{API}submissions/{{team}}/tags/", {"owner", "teammate"} | STAFF),
    "API: late days": (f"{API}late-days/", STUDENTS),
    "API: grades": (f"{API}grades/", STUDENTS),
    "API: scores": (f"{API}scores/", STAFF),
    "API: export": (f"{API}export/complete.csv", LEADERS),
    "final grades": (f"{COURSE}final-grades/", LEADERS),
    "export and import": (f"{COURSE}numbers/", LEADERS),
    "anonymous export": (f"{COURSE}numbers/anonymous.csv?key=study", LEADERS),
    "workbook": (f"{COURSE}numbers/complete.xlsx", LEADERS),
    "desk": ("/admin/grading/item/{released}/desk/", STAFF),
    "desk of one": ("/admin/grading/item/{released}/desk/{own}/", STAFF),
    "desk of one problem": ("/admin/grading/item/{released}/desk/1/{own}/", STAFF),
    "keys of the desk": ("/admin/grading/item/desk/keys/", STAFF | {"other ta", "other instructor"}),
    "rubrics of a set": ("/admin/grading/item/{released}/rubric/", STAFF),
    "rubric of a problem": ("/admin/grading/item/{released}/rubric/1/", STAFF),
    "rubrics as a file": ("/admin/grading/item/{released}/rubrics.yaml", STAFF),
    "who got an item": ("/admin/grading/item/{released}/rubric/items/{line}/", STAFF),
    "next at the desk": ("/admin/grading/item/{released}/desk/next/", STAFF),
    "page before a release": ("/admin/grading/item/release/?item={hidden}", LEADERS),
    "saved comments at the desk": ("/admin/grading/item/{released}/comments/", STAFF),
    "next of one problem": ("/admin/grading/item/{released}/desk/1/", STAFF),
    "who grades what": ("/admin/grading/item/{released}/desk/arrange/", LEADERS),
    "how far graders agree": ("/admin/grading/item/{released}/desk/agreement/", STAFF),
    "regrade requests": ("/admin/grading/regrade/", STAFF | {"other ta", "other instructor"}),
    "a regrade request": ("/admin/grading/regrade/{regrade}/change/", STAFF),
    "gradebook": (f"{COURSE}gradebook/", STAFF),
    "gradebook's fresh rows": (f"{COURSE}gradebook/figures/?of={{owner}}", STAFF),
    "column of the gradebook": (f"{COURSE}gradebook/columns/{{hidden}}/", STAFF),
    "gradebook of yesterday": (f"{COURSE}gradebook/?at=2026-01-01T00:00", STAFF),
    "gradebook of yesterday as a file": (f"{COURSE}gradebook/as-of.csv?at=2026-01-01T00:00", LEADERS),
    "student of the gradebook": (f"{COURSE}gradebook/students/{{owner}}/", STAFF),
    "one's own report": (f"{COURSE}grades/report/", STUDENTS),
    "statistics for staff": (f"{COURSE}gradebook/statistics/", STAFF),
    "statistics for students": (f"{COURSE}grades/statistics/", STUDENTS),
    "cell of the gradebook": (f"{COURSE}gradebook/{{owner}}/{{hidden}}/", STAFF),
    "export": ("/admin/grading/item/export/deep-learning/canvas.csv", LEADERS),
    "scheme": ("/admin/grading/category/scheme/deep-learning/", LEADERS),
    "scores in the admin": ("/admin/grading/score/{score}/change/", STAFF),
    "team in the admin": ("/admin/projects/placement/{owner}/change/", STAFF),
    "who has handed in": ("/admin/handin/assignment/{assignment}/roll/", STAFF),
    "everything as a ZIP": ("/admin/handin/assignment/{assignment}/all.zip", STAFF),
    "handing in for somebody": ("/admin/handin/assignment/{assignment}/for/{owner}/", STAFF),
    "who worked with whom": ("/admin/homework/homework/{assignment}/collaboration/", STAFF),
    "similar work": ("/admin/homework/homework/{assignment}/similar/", STAFF),
    "two works side by side": ("/admin/homework/homework/{assignment}/similar/{likeness}/", STAFF),
    "people of the site": ("/admin/roster/user/", {"admin"}),
}


@pytest.fixture
def people(course, cast, other, ada, alan, grace, tom, ines, team, homework, proposal, django_user_model):
    """One person for each part; Ada hands in and is scored, her team hands in as well."""
    Homework.objects.filter(slug="homework-2").update(
        opens_at=timezone.now() + timedelta(days=5), due_at=timezone.now() + timedelta(days=9)
    )
    dropped = cast.enroll(course, "Dora Dropped")
    dropped.status = Status.DROPPED
    dropped.save()
    Membership.objects.filter(enrollment=grace).update(left_at=timezone.now() - timedelta(days=50))
    admin = django_user_model.objects.create_superuser("root@example.org", "pass", name="Rita Root")
    found = {"owner": ada, "teammate": alan, "former": grace, "classmate": cast.enroll(course, "Carl Classmate")}
    found |= {"elsewhere": cast.enroll(course, "Erna Elsewhere", Role.STUDENT, "UNITE"), "ta": tom, "instructor": ines}
    found |= {"dropped": dropped, "other ta": other["ta"], "other instructor": other["instructor"]}
    return {name: row.user for name, row in found.items()} | {"admin": admin}


@pytest.fixture
def ids(people, course, ada, ines, tom, homework, proposal, cast, django_capture_on_commit_callbacks):
    own = homework_services.submit(
        homework=homework, enrollment=ada, delivery=cast.delivery(), acknowledged={n: Credit() for n in (1, 2, 3, 4)}
    )[0]
    shared = projects.submit(milestone=proposal, enrollment=ada, delivery=cast.delivery(proposal=samples.pdf()))[0]
    released, hidden = (Item.objects.get(category__course=course, title=f"Homework {n}") for n in (1, 2))
    for item in (released, hidden):
        score = awarding.award(
            item=item, enrollment=ada, by=ines.user, state=State.GRADED, points=Decimal(50), reason="For the table"
        )
    awarding.release(items=[released], by=ines.user)
    regrade = asked_regrade(own, homework, ines)
    for file in StoredFile.objects.all():
        files.inspect(str(file.pk))
    publication = gallery.propose(
        team=talks.own_team(ada), enrollment=ada, title="Deep nets", summary="Deep", used=shared.files.all()
    )
    talk = talks.book(slot=opened_slot(proposal, ines), enrollment=ada, now=timezone.now())
    return {
        "own": own.pk,
        "own_file": own.files.get(part__key="written-part").pk,
        "own_notebook": own.files.get(part__key="notebook").pk,
        "team": shared.pk,
        "team_file": shared.files.get().pk,
        "released": released.pk,
        "line": rubrics.add_item(problem=homework.problems.get(number=1), by=ines.user, text="x", points=Decimal(1)).pk,
        "hidden": hidden.pk,
        "score": score.pk,
        "regrade": regrade.pk,
        "owner": ada.pk,
        "assignment": homework.pk,
        "likeness": likeness(own, homework, tom).pk,
        "idea": projects.idea_post(enrollment=ada, proposal=projects.Proposal("Depth", "How deep?")).pk,
        "formation": Formation.objects.create(course=course, asked_by=ines.user, state="proposed").pk,
        "slot": talk.slot_id,
        "talk": talk.pk,
        "the_team": talk.team_id,
        "publication": publication.pk,
        "published": publication.files.get().pk,
    }


def asked_regrade(own, homework, ines):
    return Regrade.objects.create(
        submission=own,
        problem=homework.problems.first(),
        enrollment=own.enrollment,
        first_grader=ines.user,
        old_points=5,
        asked_at=timezone.now(),
    )


def opened_slot(proposal, ines):
    planned = [Planned(timezone.now() + timedelta(days=1), timezone.now() + timedelta(days=2), "Hall")]
    return talks.open_slots(milestone=proposal, planned=planned, by=ines.user)[0]


def likeness(own, homework, tom):
    """Between two of Ada's own versions, since who asks decides, not whose work it is."""
    asked = Comparison.objects.create(homework_id=homework.pk, asked_by=tom.user, asked_at=timezone.now())
    copy = Submission.objects.get(pk=own.pk)
    copy.pk, copy.number, copy.is_current, copy.idempotency_key = uuid4(), 9, False, uuid4()
    copy._state.adding = True
    copy.save()
    return Likeness.objects.create(comparison=asked, one=own, other=copy, matter="code", shared=5, of_one=9, of_other=9)


def test_a01_a02_who_sees_what(client, people, ids):
    """One table, walked at once: setting the scene costs more than asking."""
    assert set(people) == EVERYBODY | OUTSIDERS
    wrong = []
    for what, (address, seers) in ROWS.items():
        for name, user in people.items():
            client.force_login(user)
            answer = client.get(
                address.format(**ids), follow=address.startswith("/admin/") or address.endswith("/tags/")
            )
            if (answer.status_code == 200) != (name in seers) or answer.status_code not in (200, 403, 404):
                wrong.append((what, name, answer.status_code))
    assert wrong == [], wrong


def test_a01_nobody_without_an_account_sees_any_of_it(client, ids):
    for address, _ in ROWS.values():
        answer = client.get(address.format(**ids))
        assert answer.status_code in (302, 401, 403)
        assert b"Ada" not in answer.content
