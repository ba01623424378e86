"""Files as spreadsheets, Canvas and ill-meaning people make them: understood or refused in words, never half imported."""

import csv
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from coursesite.roster.models import Enrollment, Section, Status, User
from grading.models import Category, Item, PendingImport, Score
from grading.numbers import imports
from grading.services import computing, export

pytestmark = pytest.mark.django_db
PAGE = "/c/deep-learning/numbers/"
SHAPES = ("canvas", "percent")
NAMES = ['O"Hara; "Ada"', "=cmd|' /C calc'!A0", "Two\nLines, Ada", "-1+1", "Ünal, Ïgor 日本", "'=quoted", "a,b;c\td"]
TITLES = ['Exam "A"; B', "=SUM(A1)", "Exam (2)", "Exam", "'=odd", "Section", "Ünïcode; a; b; c; d; e; f; g; h; i; j; k"]


def text(course, form="canvas"):
    return "".join(export.export(course=course, form=form))


@pytest.fixture
def odd(course, cast):
    """Names and titles that trip up whoever reads CSV by hand; every state in every column."""
    category = Category.objects.filter(course=course).first()
    items = [Item(category=category, title=title, points_possible=at + 7, position=50 + at)
             for at, title in enumerate(TITLES)]  # fmt: skip
    items = Item.objects.bulk_create(items)
    users = [User(email=f"s{n}@example.org", name=name, sort_name=name) for n, name in enumerate(NAMES)]
    students = Enrollment.objects.bulk_create(
        Enrollment(course=course, user=user) for user in User.objects.bulk_create(users)
    )
    states = [("graded", "33.3333"), ("graded", "0"), ("missing", None), ("excused", None), ("ungraded", None)]
    for at, student in enumerate(students):
        for then, item in enumerate(items):
            state, points = states[(at + then) % len(states)]
            Score.objects.create(item=item, enrollment=student, state=state, points=points, raw_points=points)
    return course


@pytest.fixture
def send(client, ines):
    client.force_login(ines.user)

    def sent(content, name="scores.csv", confirm=True, **fields):
        data = content.encode() if isinstance(content, str) else content
        answer = client.post(f"{PAGE}import/", {"file": SimpleUploadedFile(name, data)})
        if answer.status_code != 302 or not confirm:
            return answer
        page = client.get(answer["Location"])
        done = client.post(answer["Location"], {"seen": page.context["found"].seen, **fields})
        assert done.status_code == 302, done.content.decode()
        return page

    return sent


def held():
    return list(Score.objects.order_by("pk").values_list("pk", "state", "points", "source"))


def problems(answer):
    assert answer.status_code == 400
    assert not PendingImport.objects.exists()
    return " ".join(
        re.findall(r"<li>(.*?)</li>", answer.content.decode()[answer.content.decode().index("Nothing was") :])
    )


@pytest.mark.parametrize("form", SHAPES)
def test_g17_odd_names_and_titles_come_back_as_the_same_bytes(odd, send, form):
    before, first = held(), text(odd, form)
    page = send(first)
    assert page.context["found"].changes == []
    assert (held(), text(odd, form)) == (before, first)
    Score.objects.all().delete()
    send(first)
    assert text(odd, form) == first


def spelled(content, **how):
    out = io.StringIO()
    csv.writer(out, **how).writerows(csv.reader(io.StringIO(content, newline="")))
    return out.getvalue()


def with_commas(content):
    return re.sub(r"(?<=[;\t])(\d+)\.(\d\d)(?=[;\t\r])", r"\1,\2", spelled(content, delimiter=";"))


SPELLINGS = {
    "semicolons and decimal commas": lambda content: with_commas(content).encode(),
    "tabs": lambda content: spelled(content, delimiter="\t").encode(),
    "a byte order mark": lambda content: content.encode("utf-8-sig"),
    "UTF-16, as Excel's Unicode text": lambda content: spelled(content, delimiter="\t").encode("utf-16"),
    "lines that end in LF": lambda content: spelled(content, lineterminator="\n").encode(),
    "lines that end in CR": lambda content: spelled(content, lineterminator="\r").encode(),
    "everything in quotes": lambda content: spelled(content, quoting=csv.QUOTE_ALL).encode(),
    "empty lines at the end": lambda content: (content + ",,,,,\r\n\r\n").encode(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_the_same_file_says_the_same(odd, send, spelling):
    first = text(odd)
    Score.objects.all().delete()
    page = send(SPELLINGS[spelling](first))
    assert len(page.context["found"].changes) > 20
    assert text(odd) == first


HEAD = "Student,ID,SIS User ID,SIS Login ID,Section,Homework 1\n"
BAD = {
    "Windows-1252": (HEAD.encode() + "Ü,,,ada@example.org,,5\n".encode("cp1252"), "Save it as “CSV UTF-8”"),
    "a workbook": (b"PK\x03\x04 and so on", "is a workbook"),
    "a quote that never ends": (HEAD + '"Lovelace,,,ada@example.org,,5\n', "scores.csv:2: this is no CSV"),
    "a cell of a megabyte": (HEAD + f"{'x' * 1_000_000},,,ada@example.org,,5\n", "field larger than field limit"),
    "a name without its quotes": (HEAD + "Lovelace, Ada,,,ada@example.org,,5\n", "scores.csv:2: this line has more cells"),
    "a student twice": (HEAD + "A,,,ada@example.org,,5\nB,,,ADA@example.org,,6\n", "scores.csv:3: Ada Lovelace stands in line 2"),
    "a student who is not here": (HEAD + "B,,,bob@example.org,,5\n", "scores.csv:2: “B” is no student"),
    "a column that is not here": (HEAD.replace("work 1", "work 99") + "A,,,ada@example.org,,5\n", "no item “Homework 99”"),
    "a column twice": (HEAD.replace("\n", ",Homework 1\n") + "A,,,ada@example.org,,5,6\n", "“Homework 1” stands there twice"),
    "an ID without end": (HEAD + f"A,{'9' * 60},,ada@example.org,,5\n", "an ID has 50 characters at most"),
    "points without end": (HEAD + "    Points Possible,,,,,0.0001\nA,,,ada@example.org,,99999\n", "more than 99,999 points"),
    "points possible of nothing": (HEAD + "    Points Possible,,,,,0\nA,,,ada@example.org,,5\n", "its Points Possible are 0"),
    "a formula": (HEAD + "A,,,ada@example.org,,=1+1\n", "“=1+1” is not a number"),
    "the anonymous form": ("Pseudonym,Homework 1\nabc,5\n", "the first column must be “Student”"),
    "no text": (HEAD.encode() + b"A\x00,,,ada@example.org,,5\n", "is no text"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_hostile_or_broken_file_is_refused_in_words_and_nothing_is_kept(course, ada, send, what):
    content, said = BAD[what]
    assert said in problems(send(content)).replace("&#x27;", "'")
    assert not Score.objects.exists()


def test_the_complete_form_is_for_reading_and_says_so(course, ada, send):
    assert "this is the complete form" in problems(send(text(course, "complete")))


def test_a_thousand_mistakes_are_not_told_one_by_one(course, ada, send):
    lines = "".join(f"N{n},,,n{n}@example.org,,5\n" for n in range(1000))
    assert "And 800 more." in problems(send(HEAD + lines))


def test_a_file_name_without_end_is_shortened(course, ada, send):
    send(text(course), name=f"{'n' * 300}.csv", confirm=False)
    assert PendingImport.objects.get().name.endswith("n.csv")


def test_conflicts_beyond_the_page_are_decided_together(course, cast, send, monkeypatch, client):
    monkeypatch.setattr(imports, "SHOWN", 1)
    item = Item.objects.get(category__course=course, title="Homework 1")
    for name in ("Ida Rhodes", "Kay McNulty", "Jean Bartik"):
        student = cast.enroll(course, name)
        Score.objects.create(item=item, enrollment=student, state="graded", points=50, raw_points=50)
    content = text(course).replace("50.00", "60.00")
    exported = {"exported_at": "2020-01-01T00:00"}  # everything here has changed since then
    file = SimpleUploadedFile("scores.csv", content.encode())
    address = client.post(f"{PAGE}import/", {"file": file, **exported})["Location"]
    page = client.get(address)
    assert "And 2 more." in page.content.decode()
    (shown,) = page.context["conflicts"]
    client.post(address, {"seen": page.context["found"].seen, f"side-{shown.key}": "here", "rest": "file"})
    assert sorted(Score.objects.filter(item=item).values_list("points", flat=True)) == [50, 60, 60]


def test_g10_who_dropped_is_in_no_export_and_comes_back_with_scores_and_grade(course, ada, alan, client):
    api = f"/api/v1/courses/{course.slug}/grades/"
    item = Item.objects.get(category__course=course, title="Homework 1")
    for student, points in ((ada, 80), (alan, 40)):
        Score.objects.create(item=item, enrollment=student, state="graded", points=points, raw_points=points)
    Item.objects.filter(pk=item.pk).update(released_at=timezone.now())
    computing.compute_stale()
    client.force_login(ada.user)
    own = client.get(api).json()
    first = {form: text(course, form) for form in export.FORMS}
    ada.status = Status.DROPPED
    ada.save()
    computing.compute_stale()
    for form in export.FORMS:
        assert "80.00" not in text(course, form), form
        assert "40.00" in text(course, form), form
    assert client.get(api).status_code == 404
    told = "".join(export.export(course=course, form="complete", dropped=True)).splitlines()
    assert [line.rsplit(",", 1)[1] for line in told] == ["Status", "dropped", "active"]
    assert "80.00" in told[1]
    assert Score.objects.get(enrollment=ada).points == 80
    ada.status, ada.section = Status.ACTIVE, Section.objects.get(course=course, name="UNITE")
    ada.save()
    computing.compute_stale()
    assert client.get(api).json() == own
    assert list(computing.differences(course)) == []
    for form in export.FORMS:
        assert text(course, form).replace("ada@example.org,UNITE", "ada@example.org,On-campus") == first[form]
