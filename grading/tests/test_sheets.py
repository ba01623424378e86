"""The left side of the desk: pages of the problem first, notes drawn on them, and what comes back to the script."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coursesite.files import services as files
from coursesite.files.models import StoredFile
from coursesite.files.tests import samples
from coursesite.handin import tagging
from grading import sheets
from grading.models import Annotation, Remark, SavedComment
from grading.services import annotating, saving_comments
from homework import services as homework_services
from homework.services import Credit

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}
BOX = [[1000, 2000], [3000, 4000]]


@pytest.fixture
def work(homework, ada, cast):
    pages = [samples.photo(colour) for colour in ("white", "lightblue", "pink")] if hasattr(samples, "photo") else None
    content = {"written_part": pages or samples.pdf(), "notebook": samples.notebook()}
    found, _ = homework_services.submit(
        homework=homework, enrollment=ada, delivery=cast.delivery(**content), acknowledged=NOBODY
    )
    for file in StoredFile.objects.all():
        files.inspect(str(file.pk))
    return found


@pytest.fixture
def as_tom(client, tom):
    client.force_login(tom.user)
    return client


def of(name, work, *more):
    return reverse(f"admin:{name}", args=[work.assignment.item.pk, work.pk, *more])


def sent(work, **more):
    used = work.files.filter(part__key="written-part").first()
    fields = {"used": used.pk, "page": 1, "problem": 1, "shape": "box", "points": json.dumps(BOX), "text": ""}
    return fields | more
