"""The processes of docker-compose.yml and Dockerfile, run by hand on a database and broker of their own."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg2
import pytest
import yaml
from django.conf import settings

pytestmark = pytest.mark.slow_up
ROOT = Path(__file__).parents[3]
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
WEB = json.loads(re.search(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[1])
HOST = "course.example"


def sql(database, *statements):
    told = settings.DATABASES["default"]
    connection = psycopg2.connect(host=told["HOST"], user=told["USER"], dbname=database)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        found = cursor.fetchall() if cursor.description else []
    connection.close()
    return found


@pytest.fixture
def environ(tmp_path):
    """What the compose file sets, for a database that is empty."""
    sql("postgres", "DROP DATABASE IF EXISTS composed", "CREATE DATABASE composed")
    told = settings.DATABASES["default"]
    asked = SERVICES["web"]["environment"]
    given = {
        "SECRET_KEY": "a-key-of-this-test-that-is-long-enough-to-be-one",
        "DATABASE_URL": f"postgres://{told['USER']}@/composed?host={told['HOST']}",
        "REDIS_URL": settings.CELERY_BROKER_URL,
        "SITE_URL": f"https://{HOST}",
        "ALLOWED_HOSTS": f"{HOST},localhost",
        "CSRF_TRUSTED_ORIGINS": f"https://{HOST}",
        "BEHIND_PROXY": asked["BEHIND_PROXY"],
        "EMAIL_URL": "consolemail://",
    }
    assert set(given) == set(asked), "the test sets what the file sets"
    yield os.environ | given | {"COURSESITE_DATA": str(tmp_path), "STATIC_ROOT": str(tmp_path / "static")}
    sql("postgres", "DROP DATABASE composed WITH (FORCE)")


def command(words):
    """With this environment's Python, whatever is on the path."""
    return [sys.executable, *words[1:]] if words[0] == "python" else [sys.executable, "-m", *words]


@contextmanager
def running(words, environ):
    process = subprocess.Popen(command(words), cwd=ROOT, env=environ, start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def run(words, environ):
    subprocess.run(command(words), cwd=ROOT, env=environ, check=True, timeout=120, stdout=subprocess.DEVNULL)


def ask(port, path, **headers):
    """What the proxy sends on: it has spoken HTTPS with the client."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=40)
    connection.request("GET", path, headers={"Host": HOST, **headers})
    answer = connection.getresponse()
    return answer, answer.read().decode()


def until(holds, seconds=40):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.2)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_processes_serve_a_course_without_any_embedded_part(environ, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    web = [f"127.0.0.1:{port}" if word == "0.0.0.0:8000" else word for word in WEB]
    beat = [str(tmp_path / "beat") if word == "/tmp/beat" else word for word in SERVICES["beat"]["command"]]
    run(["python", "manage.py", "collectstatic", "--noinput"], environ)
    run(SERVICES["migrate"]["command"], environ)
    run(["python", "manage.py", "load_course", "courses/deep-learning-2022.yaml"], environ)
    with ExitStack() as stack:
        for words in (web, SERVICES["worker"]["command"], beat):
            stack.enter_context(running(words, environ))
        until(lambda: listens(port))
        secure = {"X-Forwarded-Proto": "https"}
        assert ask(port, "/healthz", **secure)[1] == "ok\n"
        assert ask(port, "/accounts/login/")[0].status == 301, "plain HTTP is sent to HTTPS"
        answer, page = ask(port, "/accounts/login/", **secure)
        assert answer.status == 200
        assert "max-age" in answer.headers["Strict-Transport-Security"]
        style = re.search(r'href="(/static/look/site\.[0-9a-f]+\.css)"', page)[1]
        assert ask(port, style, **secure)[0].headers["Cache-Control"].startswith("max-age=315360000")
        # A student whom nobody told the worker of: beat finds the row, the worker computes the grade.
        sql("composed", STUDENT)
        until(lambda: sql("composed", "SELECT 1 FROM grading_coursegrade"))
    assert not (tmp_path / "secret_key").exists()


STUDENT = """
    WITH person AS (
        INSERT INTO roster_user (password, is_superuser, email, name, sort_name, canvas_id, sis_id, is_active, is_staff, date_joined)
        VALUES ('!', false, 'new@example.org', 'New Student', 'Student, New', '', '', true, false, now()) RETURNING id
    )
    INSERT INTO roster_enrollment (course_id, user_id, role, status, enrolled_at)
    SELECT course.id, person.id, 'student', 'active', now() FROM roster_course AS course, person
"""
