"""The other tests stand on these fixtures: what one of them commits must not reach the next."""

import pytest
from sqlalchemy import func, select, text

from app.extensions import db
from app.identity.models import User
from tests.browser_fixtures import watched_page
from tests.factories import make_user


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


@pytest.mark.parametrize(
    ("revision", "status"),
    [(None, 503), ("7e1f5c0a2b41", 503), ("ffffffffffff", 200)],
    ids=["no tables", "behind", "of a later release"],
)
def test_readyz_keeps_people_away_from_a_schema_that_lacks_something_only(committed_db, revision, status):
    with committed_db.app.app_context():
        db.session.execute(db.text("DELETE FROM alembic_version"))
        if revision:
            db.session.execute(db.text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})
        db.session.commit()
    assert committed_db.app.test_client().get("/readyz").status_code == status


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
