"""The logs tell what happened and to which request, and nothing about anybody."""

import io
import json
import logging

import pytest

from app import create_app
from app.config import Config
from app.extensions import db
from app.telemetry.private import describe, scrubbed
from app.web import errors
from app.web.server_log import WithoutAddresses
from tests.database import settings
from tests.telemetry.planted import EMAIL, NAME, PHONE, PLANTED, TOKEN, found_in, plant, visit

KEY = "a9f3c2e1b8d7465091fe3a7cbd2468e0"


@pytest.fixture
def logged(committed_db):
    """An application as ``environment`` makes it, and what it has logged."""
    outputs = []

    def make(environment, **more):
        env = settings(committed_db.url) | {"APP_ENV": environment, "SECRET_KEY": KEY, **more}
        app = create_app(Config.from_env(env))
        app.config["WTF_CSRF_ENABLED"] = False
        plant(app)
        outputs.append(app)
        stream = io.StringIO()
        for name in ("app", None):
            for handler in logging.getLogger(name).handlers:
                if type(handler).__name__ == "Output":
                    handler.setStream(stream)
        return app, stream

    before = logging.getLogger().handlers[:]
    yield make
    logging.getLogger().handlers[:] = before
    for app in outputs:
        with app.app_context():
            db.engine.dispose()


def test_a_fault_is_told_without_anybodys_data(logged):
    app, stream = logged("production")
    assert visit(app) == [500, 500, 500, 404, 422]
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert found_in(stream.getvalue()) == []
    faults = [line for line in lines if line["levelname"] == "ERROR"]
    assert len(faults) == 3
    assert "planted.py" in faults[0]["exc_info"]
    assert "builtins.ValueError (message withheld)" in faults[0]["exc_info"], "the first cause is told, too"
    assert "SQLSTATE 23514, constraint ck_users_name_length, table users" in faults[2]["exc_info"]


def test_the_planted_data_would_be_seen_where_it_is_allowed(logged):
    app, stream = logged("development", LOG_FORMAT="readable")
    visit(app)
    assert {NAME, EMAIL, PHONE} <= set(found_in(stream.getvalue())), "whoever develops has made the data up"


def test_each_request_is_one_line_with_fields(logged):
    app, stream = logged("production")
    given = {"X-Request-ID": "0193-af_7"}
    answer = app.test_client().get("/login?next=/family", headers=given)
    assert answer.headers["X-Request-ID"] == "0193-af_7"
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert {"method": "GET", "route": "/login", "status": 200, "request_id": "0193-af_7"}.items() <= line.items()
    assert line["ms"] > 0


@pytest.mark.parametrize("hostile", ["a b", "*/ DROP TABLE users; /*", "x" * 65, "a'b", "Zoë"])
def test_a_hostile_request_id_is_replaced(logged, hostile):
    app, stream = logged("production")
    answer = app.test_client().get("/login", headers={"X-Request-ID": hostile.encode().decode("latin-1")})
    assert len(answer.headers["X-Request-ID"]) == 32
    assert hostile not in stream.getvalue()


def test_a_method_that_nobody_knows_is_not_repeated(logged):
    app, stream = logged("production")
    app.test_client().open("/login", method=NAME.upper())
    assert "OTHER" in stream.getvalue()
    assert found_in(stream.getvalue()) == []


def test_a_page_about_a_fault_that_fails_itself_does_not_log_the_address(logged, monkeypatch):
    app, stream = logged("production")
    monkeypatch.setattr(errors, "bare", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        app.test_client().post(f"/planted/code/{TOKEN}")
    assert "unhandled, and the page that says so failed" in stream.getvalue()
    assert found_in(stream.getvalue()) == []


def test_what_libraries_say_is_scrubbed(logged):
    _, stream = logged("production")
    logging.getLogger("some.library").warning("cannot write to %s, phone %s, at /x?name=%s", EMAIL, PHONE, NAME)
    assert json.loads(stream.getvalue())["message"] == "cannot write to (email), phone (phone), at /x?(query)"


@pytest.mark.parametrize(
    "said",
    [
        ("Invalid request from ip=203.0.113.7: Invalid HTTP request line: %r", f"GET /?q={NAME}"),
        ("Error handling request %s", f"/welcome/{TOKEN}"),
        ("Error handling request %s %s", "GET", f"/welcome/{TOKEN}"),
    ],
)
def test_gunicorns_own_words_lose_the_address(said):
    record = logging.LogRecord("gunicorn.error", logging.ERROR, "", 0, said[0], said[1:], None)
    WithoutAddresses().filter(record)
    assert record.getMessage() in ("Invalid request", "Error handling request")


def test_ids_and_versions_are_no_phone_numbers():
    for text in (
        "0193af771234567890abcdef",
        "2026-11-24 21:17:00",
        "8.5.12",
        "line 12345678",
        "at 127.0.0.1:5177 (23594)",
    ):
        assert scrubbed(text) == text
    for phone in ("555-867-5309", "(555) 867 5309", "+15558675309", "+44 20 7946 0958"):
        assert scrubbed(f"call {phone} now") == "call (phone) now"


def test_a_chain_of_faults_is_bounded():
    error = None
    for number in range(50):
        following = ValueError(PLANTED[0])
        following.__cause__ = error
        error = following
        assert number < 50
    assert describe(error).count("which led to") == 9
