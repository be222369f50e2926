"""The database does not serve: every answer is 503 with a way on, and what was typed is not lost."""

import contextlib
import re
import uuid

import psycopg2
import pytest
from flask import g
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app import create_app
from app.config import Config
from app.extensions import db
from app.web.outages import NOTHING, UNKNOWN, again, is_outage, saved
from tests.database import execute, settings
from tests.factories import make_family, make_outing, make_unit
from tests.outings.helpers import children_of

HTMX = {"HX-Request": "true"}


@contextlib.contextmanager
def site_with(url, **limits):
    app = create_app(Config.from_env(settings(url) | limits))
    app.config |= {"WTF_CSRF_ENABLED": False, "PROPAGATE_EXCEPTIONS": False}
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def scene(committed_db, sign_in):
    """A site whose requests wait 0.3 s for a lock, a family's browser, and the form that signs its children up."""
    with site_with(committed_db.url, DATABASE_LOCK_TIMEOUT="0.3") as app:
        with app.app_context():
            unit = make_unit()
            family = make_family(unit, parent=False)
            outing = make_outing(unit)
            form = {"submission": str(uuid.uuid4()), "people": [str(child.id) for child in children_of(family)]}
            form |= {"consent": "1", "together": "1", "seen": ""}
            address = f"/outings/{outing.id}/signup"
            db.session.commit()
            browser = app.test_client()
            sign_in(browser, family)
            db.session.remove()
            db.engine.dispose()  # what the test has opened has no limits, as for a command
        yield app, browser, address, form


@contextlib.contextmanager
def held(url, statement):
    """Somebody else's transaction that keeps a lock."""
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with contextlib.closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        yield


def people_on_outings(app):
    with app.app_context():
        return db.session.scalar(text("SELECT count(*) FROM participants WHERE state <> 'cancelled'"))


def fields_of(page):
    return re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)


def test_a_lock_that_is_not_given_back_ends_in_503_and_the_form_can_be_sent_again(scene, committed_db):
    app, browser, address, form = scene
    with held(committed_db.url, "SELECT 1 FROM outings FOR UPDATE"):
        refused = browser.post(address, data=form)
        toast = browser.post(address, data=form, headers=HTMX)
        assert browser.get(address).status_code == 200, "who only reads waits for nobody"
    for answer in (refused, toast):
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["Cache-Control"] == "no-store"
    assert "Nothing was saved." in refused.text
    assert "Nothing was saved." in toast.headers["HX-Trigger"]
    assert toast.headers["HX-Reswap"] == "none"
    assert people_on_outings(app) == 0
    kept = fields_of(refused.text)
    assert ("submission", form["submission"]) in kept
    assert [value for name, value in kept if name == "people"] == form["people"]
    again = {name: [value for key, value in kept if key == name] for name, _ in kept}
    assert [browser.post(address, data=again).status_code for _ in range(2)] == [303, 303]
    assert people_on_outings(app) == 2


def test_nobody_claims_that_nothing_was_saved_once_the_commit_has_begun(scene):
    app, browser, address, form = scene

    def lose_the_answer(connection):
        backend = connection.connection.driver_connection.info.backend_pid
        assert execute(f"SELECT pg_terminate_backend({backend}, 10000)") == [(True,)]

    with app.app_context():
        event.listen(db.engine, "commit", lose_the_answer)
    refused = browser.post(address, data=form)
    with app.app_context():
        event.remove(db.engine, "commit", lose_the_answer)
    assert refused.status_code == 503
    assert "Nothing was saved" not in refused.text
    assert "cannot tell" in refused.text
    assert browser.post(address, data=form).status_code == 303
    assert people_on_outings(app) == 2


def test_what_postgresql_refuses_at_the_commit_was_not_saved(scene, committed_db):
    app, browser, address, form = scene
    # The outing's lock is free; the rows of a sign-up go with the commit, and each asks whether its person is there.
    with held(committed_db.url, "SELECT 1 FROM people FOR UPDATE"):
        refused = browser.post(address, data=form)
    assert refused.status_code == 503
    assert "Nothing was saved." in refused.text
    assert people_on_outings(app) == 0
    assert browser.post(address, data=form).status_code == 303


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("55P03", NOTHING),  # a lock
        ("40P01", NOTHING),  # deadlock
        ("57014", NOTHING),  # a statement over its limit
        ("23505", NOTHING),  # unique
        ("57P01", UNKNOWN),  # admin shutdown: maybe between the commit and its answer
        ("58030", UNKNOWN),  # input or output
        ("XX000", UNKNOWN),  # a fault of PostgreSQL's
    ],
)
def test_what_an_error_says_once_the_commit_has_begun(app, code, words):
    with app.app_context(), db.engine.connect() as connection, pytest.raises(DBAPIError) as raised:
        connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{code}'; END $$"))
    with app.test_request_context():
        g.commit_begun = True
        assert saved(raised.value) == words
        assert saved(wrapped(psycopg2.OperationalError)) == UNKNOWN  # there was no answer
        g.has_saved = True
        assert saved(raised.value) == UNKNOWN  # of an earlier transaction of this request


@pytest.fixture
def orphan(committed_db):
    """A site whose database is nowhere."""
    with site_with(committed_db.url.set(host=None, port=None, query={"host": "/nonexistent"})) as app:
        yield app


def test_no_database_at_all(orphan, sign_in):
    browser = orphan.test_client()
    with browser.session_transaction() as session:
        session["_user_id"] = "somebody"
    for address in ("/outings", "/account", "/no-such-page", "/"):
        answer = browser.get(address)
        assert answer.status_code == 503, address
        assert answer.headers["Retry-After"]
        assert "Nothing was saved." in answer.text
    assert browser.get("/outings", headers=HTMX).headers["HX-Reswap"] == "none"
    assert browser.get("/readyz").status_code == 503
    assert browser.get("/static/favicon.svg").status_code == 200


def test_the_process_lives_without_a_database(orphan):
    assert orphan.test_client().get("/healthz").status_code == 200


def test_a_password_is_not_repeated_in_a_page(orphan):
    answer = orphan.test_client().post("/login", data={"login": "marit@example.org", "password": "correct horse"})
    assert answer.status_code == 503
    assert "correct horse" not in answer.text
    assert not fields_of(answer.text)


@pytest.mark.parametrize("name", ["current", "again", "code", "credential", "sealed"])
def test_nor_is_what_goes_by_another_name(orphan, name):
    # /account/email asks for the current password, and calls it that.
    sent = {"email": "marit@example.org", name: "correct horse"}
    with orphan.test_request_context("/account/email", method="POST", data=sent):
        assert again() is None


def test_what_was_typed_is_escaped(orphan):
    browser = orphan.test_client()
    with browser.session_transaction() as session:
        session["_user_id"] = "somebody"
    answer = browser.post(f"/outings/{uuid.uuid4()}/signup", data={"people": '"><script>alert(1)</script>'})
    assert answer.status_code == 503
    assert "<script" not in answer.text


def test_an_error_in_the_log_holds_nothing_that_was_typed(app):
    assert app.config["SQLALCHEMY_ENGINE_OPTIONS"]["hide_parameters"] is True


def wrapped(kind):
    return DBAPIError("SELECT 1", {}, kind("text"))


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (wrapped(psycopg2.OperationalError), True),  # no server, no code
        (wrapped(psycopg2.InterfaceError), True),
        (wrapped(psycopg2.ProgrammingError), False),
        (IntegrityError("INSERT", {}, psycopg2.IntegrityError("text")), False),
        (PoolTimeout(), True),
        (PendingRollbackError(), True),
        (ValueError(), False),
    ],
)
def test_what_counts_as_an_outage(error, outage):
    assert is_outage(error) is outage


@pytest.mark.parametrize(
    ("code", "outage"),
    [
        ("53100", True),  # disk full
        ("53300", True),  # too many connections
        ("57P01", True),  # admin shutdown
        ("57P03", True),  # cannot connect now
        ("57014", True),  # a statement over its limit
        ("25006", True),  # read only
        ("25P03", True),  # idle in a transaction
        ("55P03", True),  # a lock
        ("40P01", True),  # deadlock
        ("58030", True),  # input or output
        ("23505", False),  # unique
        ("42P01", False),  # no such table
        ("22001", False),  # too long
        ("42501", False),  # not permitted
    ],
)
def test_the_codes_of_postgresql(app, code, outage):
    with app.app_context(), db.engine.connect() as connection, pytest.raises(DBAPIError) as raised:
        connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{code}'; END $$"))
    assert is_outage(raised.value) is outage
