"""The other tests stand on these fixtures: what one of them commits must not reach the next."""

import psycopg2
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app import driver
from app.extensions import db
from app.identity.models import User
from app.mail import send
from app.units.models import Unit
from tests.browser_fixtures import watched_page
from tests.factories import make_outing, make_unit, make_user
from tests.sites import fresh_site


@pytest.mark.parametrize("_round", [1, 2])
def test_what_a_test_commits_is_gone_in_the_next(db_session, _round):
    assert db_session.scalar(select(func.count()).select_from(User)) == 0
    make_user()
    db_session.commit()


def test_a_rollback_keeps_what_was_committed_before(db_session):
    make_user()
    db_session.commit()
    make_user()
    db_session.rollback()
    assert db_session.scalar(select(func.count()).select_from(User)) == 1


@pytest.mark.parametrize("mark", [{}, {driver.MARK: driver.READ}])
@pytest.mark.parametrize("statement", ["SELECT 1 / 0", "SELEC 1"])
def test_a_statement_that_fails_loses_nothing_that_was_committed_before(db_session, statement, mark):
    for _ in range(2):
        make_user()
        db_session.commit()
    db_session.rollback()
    with pytest.raises(DBAPIError):
        db_session.execute(text(statement), execution_options=mark)
    db_session.rollback()
    assert db_session.scalar(select(func.count()).select_from(User)) == 2


def test_what_is_undone_is_gone_with_all_that_was_committed_in_it(db_session, undone):
    make_user()
    for _ in range(2):
        with undone():
            make_user()
            db_session.commit()
            make_user()
            db_session.commit()
            make_user()
            assert db_session.scalar(select(func.count()).select_from(User)) == 4
        assert db_session.scalar(select(func.count()).select_from(User)) == 1


def test_a_request_sees_the_test_and_signs_nobody_else_in(client, sign_in, app):
    sign_in(client, make_user())
    stranger = app.test_client()
    # The sign-in page sends home whoever is signed in already.
    assert [browser.get("/login").status_code for browser in (client, stranger, client)] == [303, 200, 303]


def test_statements_are_counted_without_savepoints(client, count_statements):
    with count_statements() as statements:
        db.session.execute(text("SELECT 1"))
        db.session.commit()
        client.get("/healthz")
    assert statements == ["SELECT 1"]


def test_a_committed_database_starts_empty_and_apart(committed_db):
    with committed_db.app.app_context():
        make_user()
        db.session.commit()
        with db.engine.connect() as other_connection:
            assert other_connection.scalar(select(func.count()).select_from(User)) == 1


def test_both_kinds_of_database_in_one_test(db_session, committed_db):
    make_user()
    with committed_db.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 0
    assert db_session.scalar(select(func.count()).select_from(User)) == 1


def test_readyz_finds_the_schema_at_head(client):
    assert client.get("/readyz").json == {"status": "ready"}


def test_readyz_keeps_people_away_from_a_schema_that_lacks_something_only():
    revisions = {"no tables": None, "behind": "7e1f5c0a2b41", "of a later release": "ffffffffffff"}
    answered = {}
    with fresh_site() as site:
        for found, revision in revisions.items():
            with site.app.app_context():
                db.session.execute(db.text("DELETE FROM alembic_version"))
                if revision:
                    db.session.execute(db.text("INSERT INTO alembic_version VALUES (:it)"), {"it": revision})
                db.session.commit()
            answered[found] = site.app.test_client().get("/readyz").status_code
    assert answered == {"no tables": 503, "behind": 503, "of a later release": 200}


@pytest.mark.parametrize("_round", [1, 2])
def test_what_is_committed_for_real_is_gone_in_the_next(committed_db, _round):
    assert committed_db.app.config["WTF_CSRF_ENABLED"] is False
    assert "LEFT_BEHIND" not in committed_db.app.config
    committed_db.app.config["LEFT_BEHIND"] = True
    with committed_db.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Unit)) == 0
        make_outing(make_unit())
        send("marit@example.org", "Hello", "identity/mail/new_device")
        db.session.commit()
        assert db.session.scalars(db.text("SELECT id FROM procrastinate_jobs")).all() == [1]
    # Somebody is still at it when the test ends.
    left = psycopg2.connect(committed_db.url.set(drivername="postgresql").render_as_string(hide_password=False))
    left.cursor().execute("SELECT 1 FROM units FOR UPDATE")


def test_a_browser_reaches_the_live_server(page):
    assert page.request.get("/healthz").json() == {"status": "alive"}


def test_a_browser_without_javascript(page_without_js):
    page_without_js.set_content("<noscript>plain</noscript><script>document.body.append('scripted')</script>")
    assert page_without_js.inner_text("body") == "plain"


def provoke_complaints(page):
    page.goto("/healthz")
    page.evaluate("document.head.append(Object.assign(document.createElement('script'), {textContent: '1'}))")
    page.goto("/no-such-page")


def test_errors_and_csp_violations_in_the_console_fail_a_test(browser, live_server):
    watched = watched_page(browser, live_server, expected=[], javascript=True)
    provoke_complaints(next(watched))
    with pytest.raises(AssertionError, match=r"Content Security Policy[\s\S]*status of 404"):
        next(watched)


def test_unless_the_test_expects_them(page, expected_complaints):
    expected_complaints += ["Content Security Policy", "status of 404"]
    provoke_complaints(page)
