"""A06 and G12 on the student's page: everything that graders said is there after the release, nothing before it and
nothing once it is taken back; statistics never tell of fewer than five."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coursesite.files import services as files
from coursesite.files.models import StoredFile
from coursesite.files.tests import samples
from coursesite.roster.models import Course, Letter, Membership
from grading.models import Annotation, Item, Score
from grading.policy import State
from grading.services import annotating, awarding, computing, marking, rubrics
from grading.services.annotating import Drawn
from grading.services.marking import Given
from homework import services as homework_services
from homework.services import Credit
from projects import services as projects

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}
SAID = ("Boxed words", "Pinned words", "Cell words", "Words on problem one", "Words on the whole", "81.25")


@pytest.fixture
def work(homework, ada, tom, cast):
    """Ada's, marked in full, with a note of each kind."""
    found, _ = homework_services.submit(
        homework=homework,
        enrollment=ada,
        delivery=cast.delivery(written_part=[samples.photo(), samples.photo(light=220)], notebook=samples.notebook()),
        acknowledged=NOBODY,
    )
    for file in StoredFile.objects.all():
        files.inspect(str(file.pk))
    say(found, tom)
    return found


def say(work, grader):
    first = work.files.filter(part__key="written-part").first()
    notebook = work.files.get(part__key="notebook")
    for used, shape, points, text in (
        (first, "box", [[1000, 1000], [2000, 2000]], "Boxed words with $x^2$"),
        (first, "stroke", [[1, 1], [4321, 1234]], ""),
        (first, "text", [[5000, 5000]], "Pinned words"),
        (notebook, "cell", [], "Cell words"),
    ):
        annotating.annotate(
            submission=work,
            problem=work.assignment.problems.first(),
            grader=grader.user,
            drawn=Drawn(used.pk, 1, shape, points, text),
        )
    annotating.remark(submission=work, grader=grader.user, text="Words on the whole")
    points = ("21.25", "20", "20", "20")
    given = [Given(n, Decimal(p), "Words on problem one" if n == 1 else "") for n, p in enumerate(points, 1)]
    marking.mark(submission=work, grader=grader.user, given=given)


@pytest.fixture
def item(homework):
    return Item.objects.select_related("category__course").get(assignment=homework)


@pytest.fixture
def as_ada(client, ada):
    client.force_login(ada.user)
    return client


def page(item):
    return f"/c/deep-learning/grades/{item.pk}/"


def test_the_page_shows_all_that_was_said_as_picture_and_as_text(as_ada, work, item, ines):
    awarding.release(items=[item], by=ines.user)
    body = as_ada.get(page(item)).content.decode()
    assert [words for words in SAID if words not in body] == []
    assert 'points="1,1 4321,1234"' in body
    assert "<rect data-note" in body
    assert "<msup>" in body
    assert "1 pen stroke without words." in body
    assert "Note 1, top left" in body
    assert "The other 1 page, without notes" in body
    assert "Tom Tutor" not in body
    assert "data-act" not in body


def test_the_rubric_is_shown_with_what_applied_and_the_rest_folded_away(as_ada, work, item, tom, ines):
    problem = work.assignment.problems.get(number=1)
    group = rubrics.add_group(problem=problem, by=tom.user, title="Proof", choose_one=False)
    add = {"problem": problem, "by": tom.user, "group": group}
    sign = rubrics.add_item(text="Wrong sign in $x^3$", points=Decimal("2.5"), **add)
    rubrics.add_item(text="No base case", points=Decimal(4), **add)
    rubrics.add_item(problem=problem, by=tom.user, text="Of no group", points=Decimal(3))
    gone = rubrics.add_item(text="Removed line", points=Decimal(1), **add)
    rubrics.remove_item(item=gone, by=tom.user)
    given = Given(1, None, "Words on problem one", version=1, items=frozenset({sign.pk}), adjustment=Decimal(1))
    marking.mark(submission=work, grader=tom.user, given=[given])
    assert as_ada.get(page(item)).status_code == 404
    awarding.release(items=[item], by=ines.user)
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", as_ada.get(page(item)).content.decode()))
    assert "−2.5 Wrong sign in" in told
    assert "+1 Adjusted for your work alone" in told
    assert told.index("Adjusted for") < told.index("The rest of the rubric") < told.index("−4 No base case")
    assert told.index("−3 Of no group") < told.index("Proof")  # as at the desk, and not below another's heading
    assert "From 25 points, less what applies" in told
    assert "Removed line" not in told


def everywhere(client, work, item):
    """All that Ada can ask for, as one text, headers included."""
    used = work.files.first().pk
    addresses = [
        "/", "/c/deep-learning/", "/c/deep-learning/grades/", "/c/deep-learning/grades/what-if/", page(item),
        "/c/deep-learning/homework/", "/c/deep-learning/homework/homework-1/", f"/submissions/{work.pk}/",
        f"/submissions/{work.pk}/files/{used}/pages/1.png", "/api/v1/courses/deep-learning/grades/",
        "/api/v1/courses/deep-learning/submissions/", f"/admin/grading/item/{item.pk}/desk/{work.pk}/",
        f"/admin/grading/item/{item.pk}/history/", f"/c/deep-learning/grades/{item.pk}/regrade/1/",
    ]  # fmt: skip
    found = []
    for address in addresses:
        answer = client.get(address, follow=address.startswith(("/admin/", "/c/")))
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        found.append(f"{answer.status_code} {answer.headers} {content.decode(errors='replace')}")
    return "\n".join(found)


def test_a06_g12_nothing_that_was_said_shows_before_release_or_after_it_is_taken_back(as_ada, work, item, ines):
    Course.objects.update(shows_statistics=True)
    before = everywhere(as_ada, work, item)
    awarding.release(items=[item], by=ines.user)
    computing.compute_stale()
    released = everywhere(as_ada, work, item)
    awarding.unrelease(items=[item], by=ines.user)
    computing.compute_stale()
    after = everywhere(as_ada, work, item)
    for words in (*SAID, "4321,1234", "data-note"):
        assert (words in before, words in released, words in after) == (False, True, False), words
    assert "ETag" not in before + released + after
    letters = Letter.objects.filter(subject="Homework 1 is graded")
    assert letters.count() == 1
    assert not any(words in letters.get().body for words in SAID)


def test_a06_a_page_image_is_the_same_with_and_without_notes(as_ada, work, item, ines):
    used = work.files.first()
    address = f"/submissions/{work.pk}/files/{used.pk}/pages/1.png"

    def image():
        return b"".join(as_ada.get(address).streaming_content)

    with_notes = image()
    Annotation.objects.all().delete()
    assert image() == with_notes


def test_a_newer_version_takes_the_page_back_until_it_is_graded(as_ada, work, item, ines, ada, cast):
    awarding.release(items=[item], by=ines.user)
    homework_services.submit(
        homework=work.assignment,
        enrollment=ada,
        delivery=cast.delivery(written_part=samples.photo(light=210), notebook=samples.notebook("print(3)")),
        acknowledged=NOBODY,
    )
    body = as_ada.get(page(item)).content.decode()
    assert "This is not graded, or a newer version waits to be graded." in body
    assert [words for words in SAID if words in body] == []


def test_a02_a_classmate_sees_nothing_of_it(client, work, item, alan, ines, other):
    awarding.release(items=[item], by=ines.user)
    for person in (alan, other["student"], other["ta"]):
        client.force_login(person.user)
        assert client.get(page(item)).status_code == 404


def grade_others(item, cast, by, count):
    for number in range(count):
        student = cast.enroll(item.category.course, f"Student{number} Other")
        awarding.award(
            item=item, enrollment=student, by=by.user, state=State.GRADED, points=Decimal(60 + number), reason="Oral"
        )


@pytest.mark.parametrize(("others", "shown"), [(3, False), (4, True)])
def test_statistics_are_of_five_at_least(as_ada, work, item, ines, cast, others, shown):
    Course.objects.update(shows_statistics=True)
    grade_others(item, cast, ines, others)
    awarding.release(items=[item], by=ines.user)
    body = as_ada.get(page(item)).content.decode()
    assert ("How the results are spread" in body) is shown
    assert ("5 graded. The middle half lies between 61.00 % and 63.00 %; median 62.00 %" in body) is shown


def test_statistics_are_shown_only_where_the_course_wants_them_and_leave_out_who_dropped(
    as_ada, work, item, ines, cast
):
    grade_others(item, cast, ines, 5)
    awarding.release(items=[item], by=ines.user)
    Course.objects.update(shows_statistics=False)
    assert "How the results are spread" not in as_ada.get(page(item)).content.decode()
    assert as_ada.get("/c/deep-learning/grades/statistics/").status_code == 404
    assert "Where the course stands" not in as_ada.get("/c/deep-learning/grades/").content.decode()
    Course.objects.update(shows_statistics=True)
    assert "6 graded." in as_ada.get(page(item)).content.decode()
    for row in Score.objects.filter(item=item).exclude(enrollment=work.enrollment)[:2]:
        row.enrollment.status = "dropped"
        row.enrollment.save()
    assert "How the results are spread" not in as_ada.get(page(item)).content.decode()


def test_a_team_has_the_same_page_and_who_left_keeps_points_and_words(
    client, proposal, team, ada, alan, grace, tom, ines, cast
):
    found, _ = projects.submit(milestone=proposal, enrollment=ada, delivery=cast.delivery(proposal=samples.pdf()))
    files.inspect(str(found.files.get().file_id))
    drawn = Drawn(found.files.get().pk, 1, "text", [[100, 100]], "Pinned for the team")
    problems = list(proposal.problems.all())
    annotating.annotate(submission=found, problem=problems[0], grader=tom.user, drawn=drawn)
    given = [Given(problem.number, problem.points, "Said to the team") for problem in problems]
    marking.mark(submission=found, grader=tom.user, given=given)
    item = Item.objects.select_related("category__course").get(assignment=proposal)
    awarding.release(items=[item], by=ines.user)
    type(proposal).objects.filter(pk=proposal.pk).update(due_at=timezone.now() - timedelta(hours=1))
    Membership.objects.filter(enrollment=grace).update(left_at=timezone.now())
    for person, sees_pages in ((ada, True), (alan, True), (grace, False)):
        client.force_login(person.user)
        body = client.get(page(item)).content.decode()
        assert ("Said to the team" in body, "Pinned for the team" in body) == (True, sees_pages)


def test_a_score_without_work_says_why_and_what(as_ada, ada, course, ines):
    item = Item.objects.select_related("category__course").get(category__course=course, title="Homework 3")
    awarding.award(
        item=item, enrollment=ada, by=ines.user, state=State.GRADED, points=Decimal(70), reason="Oral exam",
        comment="You knew the *chain rule* by heart.",
    )  # fmt: skip
    awarding.release(items=[item], by=ines.user)
    body = as_ada.get(page(item)).content.decode()
    assert "Set by the staff: Oral exam." in body
    assert "<em>chain rule</em>" in body
    awarding.unrelease(items=[item], by=ines.user)
    assert as_ada.get(page(item)).status_code == 404


def test_the_page_costs_the_same_with_one_note_and_with_many(as_ada, work, item, tom, ines):
    awarding.release(items=[item], by=ines.user)

    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert as_ada.get(page(item)).status_code == 200
        return len(asked)

    Annotation.objects.exclude(shape="box").delete()
    queries()
    one = queries()
    marking_again = work.files.filter(part__key="written-part").last()
    for number in range(3):
        drawn = Drawn(marking_again.pk, 1, "text", [[number, number]], "More")
        annotating.annotate(submission=work, problem=work.assignment.problems.last(), grader=tom.user, drawn=drawn)
    assert queries() == one
