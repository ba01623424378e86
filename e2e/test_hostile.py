"""The S rows of the battery through the real application: sent over HTTP, opened by the real worker, and both live on."""

import hashlib
import json
import time
import urllib.error
import urllib.request
from uuid import uuid4

import pytest

from coursesite.files.tests import hostile, samples

pytestmark = [pytest.mark.browser, pytest.mark.slow_up]
MAIL = "vera@example.edu"
TOKEN = f"""
from rest_framework.authtoken.models import Token
from coursesite.roster.models import User
print(Token.objects.get_or_create(user=User.objects.get(email="{MAIL}"))[0].key)
"""
FILES = """
import json
from coursesite.files.models import StoredFile
rows = StoredFile.objects.filter(sha256__in=%r)
print(json.dumps([[f.sha256, f.inspected_at is not None, f.pages, f.warning, f.path.stat().st_size == f.size] for f in rows]))
"""


@pytest.fixture(scope="module")
def token(site, tmp_path_factory):
    roster = tmp_path_factory.mktemp("roster") / "roster.csv"
    roster.write_text(
        f'Student,ID,SIS User ID,SIS Login ID,Section\n"Versuch, Vera",,,{MAIL},On-campus\n', encoding="utf-8"
    )
    site.run("import_roster", "deep-learning", str(roster))
    return site.run("shell", "-v", "0", "-c", TOKEN).strip().splitlines()[-1]


def send(site, token, part, name, content):
    """One part by the API: the status, and what was said."""
    boundary = uuid4().hex
    fields = {"acknowledged": "true", "key": str(uuid4())}
    body = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()
    )
    body += f'--{boundary}\r\nContent-Disposition: form-data; name="{part}"; filename="{name}"\r\n\r\n'
    request = urllib.request.Request(
        f"{site.url}/api/v1/courses/deep-learning/homework/homework-3/submissions/",
        body.encode() + content + f"\r\n--{boundary}--\r\n".encode(),
        {"Authorization": f"Token {token}", "Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def found(site, hashes):
    rows = json.loads(site.run("shell", "-v", "0", "-c", FILES % hashes).strip().splitlines()[-1])
    return {row[0]: row[1:] for row in rows}


def test_s_rows_u09_u10_u14_u15_u20_harm_neither_the_worker_nor_the_site(site, token):
    contents = {row: (part, name, made()) for row, (part, name, made) in hostile.KEPT.items()}
    contents["good"] = ("written-part", "good.pdf", samples.pdf("What comes after them"))
    hashes = {row: hashlib.sha256(content).hexdigest() for row, (_, _, content) in contents.items()}
    for row, sent in contents.items():
        status, told = send(site, token, *sent)
        assert status == 201, (row, told)
        assert hashes[row] in {file["sha256"] for file in told["files"]}
    until = time.monotonic() + 300
    rows = found(site, list(hashes.values()))
    while not all(looked_into for looked_into, *_ in rows.values()):
        assert time.monotonic() < until, rows
        time.sleep(2)
        rows = found(site, list(hashes.values()))
    assert len(rows) == len(contents)
    for row, sha256 in hashes.items():
        _, pages, warning, whole = rows[sha256]
        assert whole, row
        assert warning or pages, row
    assert rows[hashes["good"]][1:3] == [1, ""]
    assert site.run("check_files") == "", "every file is there as it was handed in"


def count(site):
    counted = "from coursesite.files.models import StoredFile; print(StoredFile.objects.count())"
    return int(site.run("shell", "-v", "0", "-c", counted).strip().splitlines()[-1])


@pytest.mark.parametrize(
    ("part", "name", "content"),
    [
        ("notebook", "n.ipynb", lambda: b"[" * 100_000),
        ("notebook", "n.ipynb", lambda: b'{"nbformat": 4, "x": ' + b"1" * 1_000_000 + b"}"),
        ("notebook", "n.ipynb", lambda: b'{"nbformat": 4, "cells": ["' + b"x" * 200_000_000 + b'"]}'),
        ("written-part", "w.svg", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
        ("written-part", "w.docx", lambda: samples.docx(word__media__big=bytes(400_000_000))),
    ],
    ids=["U20 brackets", "U20 integer", "U20 200 MB", "U16 svg", "U08 giant"],
)
def test_r_rows_are_refused_over_http_and_leave_nothing(site, token, part, name, content):
    before = count(site)
    status, told = send(site, token, part, name, content())
    assert status == 400, told
    assert name in told
    assert count(site) == before
    assert urllib.request.urlopen(f"{site.url}/accounts/login/", timeout=20).status == 200
