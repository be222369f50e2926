"""Where an account is signed in: begun, in use, and over by itself."""

import re
import threading
from datetime import timedelta

import pytest
from sqlalchemy import event, make_url, select, text, update

from app.clock import frozen, now
from app.config import Config
from app.extensions import db
from app.identity.models import BrowserSession
from app.identity.rules import sessions as rules
from app.identity.rules.links import make_password_link
from app.units.models import Role
from tests.database import settings
from tests.factories import PASSWORD, make_leader, make_unit, make_user
from tests.identity.helpers import inside
from tests.identity.sessions.helpers import copy_of, enter, rows

IDLE, WHOLE = timedelta(hours=12), timedelta(days=30)
KEPT_IDLE, KEPT_WHOLE = timedelta(days=30), timedelta(days=90)


def test_signing_in_makes_one_and_keeps_no_token_and_no_address(client, user):
    enter(client, remember="y")
    with client.session_transaction() as session:
        token = session["_user_id"]
    row = db.session.execute(text("SELECT * FROM browser_sessions")).mappings().one()
    assert token not in str(dict(row))
    assert row["remembered"]
    assert not re.search(r"127\.0\.0\.1|[0-9]+\.[0-9]+\.[0-9]+", str(dict(row)))


def test_a_copied_cookie_is_worth_nothing_after_sign_out(app, client, user):
    thief = copy_of(enter(client), app)
    assert inside(thief)
    client.post("/logout")
    assert not inside(thief)
    assert rows() == []


def test_a_new_sign_in_in_the_same_browser_ends_the_one_before(app, client, user, sign_in):
    sign_in(client, user)
    thief = copy_of(client, app)
    address = f"/welcome/{make_password_link(user, None)}"
    client.post(address, data={"password": "a quite new pass phrase", "again": "a quite new pass phrase"})
    assert inside(client)
    assert not inside(thief)
    assert len(rows()) == 1


@pytest.mark.parametrize(
    ("remember", "idle", "whole"), [({}, IDLE, WHOLE), ({"remember": "y"}, KEPT_IDLE, KEPT_WHOLE)], ids=["here", "kept"]
)
def test_it_is_over_when_it_lies_idle_and_in_any_case_after_a_time(client, user, remember, idle, whole):
    start = now().replace(microsecond=0)
    with frozen(start):
        enter(client, **remember)
    with frozen(start + idle):
        assert inside(client)  # and writes that it is in use
    with frozen(start + 2 * idle + timedelta(seconds=1)):
        assert not inside(client)
    moment = start
    with frozen(start):
        enter(client, **remember)
    while moment + idle < start + whole:
        moment += idle
        with frozen(moment):
            assert inside(client), moment - start
    db.session.execute(update(BrowserSession).values(last_used_at=start + whole))
    with frozen(start + whole):
        assert inside(client)
    with frozen(start + whole + timedelta(seconds=1)):
        assert not inside(client)


def test_the_limits_are_settings():
    env = settings(make_url("postgresql://x/y")) | {"SESSION_IDLE_HOURS": "1", "REMEMBERED_DAYS": "7"}
    found = Config.from_env(env).flask_settings()
    assert found["SESSION_LIMITS"] == (timedelta(hours=1), timedelta(days=30))
    assert found["REMEMBERED_LIMITS"] == (timedelta(days=30), timedelta(days=7))


def test_the_last_use_is_written_once_in_five_minutes(client, user, sign_in, count_statements):
    sign_in(client, user)
    start = now()
    db.session.execute(update(BrowserSession).values(last_used_at=start))
    for minutes, writes in ((4, 0), (6, 1), (7, 0), (12, 1)):
        with frozen(start + timedelta(minutes=minutes)), count_statements() as statements:
            assert inside(client)
        assert sum(said.startswith("UPDATE browser_sessions") for said in statements) == writes, minutes


def test_account_roles_and_session_are_one_statement(client, sign_in, db_session, count_statements):
    sign_in(client, make_leader(make_unit()))
    with count_statements() as statements:
        assert inside(client)
    assert len(statements) == 1, statements


def test_nobody_waits_for_the_last_use_of_a_session(committed_db):
    app = committed_db.app
    with app.app_context():
        user = make_user()
        token = rules.begin_session(user, "Firefox", remembered=False)
        db.session.execute(update(BrowserSession).values(last_used_at=now() - timedelta(hours=1)))
        db.session.commit()
        session_id = db.session.scalar(select(BrowserSession.id))
        db.session.rollback()
        with db.engine.connect() as holder:
            held = text("SELECT 1 FROM browser_sessions WHERE id = :id FOR UPDATE")
            holder.execute(held, {"id": session_id})
            client = app.test_client()
            with client.session_transaction() as session:
                session["_user_id"] = token

            @event.listens_for(db.engine, "begin")
            def soon(connection):
                connection.exec_driver_sql("SET LOCAL lock_timeout = '500ms'")

            assert inside(client)
            with pytest.raises(Exception, match="lock timeout"):  # the control: a plain update would have waited
                db.session.execute(update(BrowserSession).values(last_used_at=now()))
            db.session.rollback()
            event.remove(db.engine, "begin", soon)


def test_a_new_password_ends_all_the_others(app, client, user, sign_in):
    others = [app.test_client() for _ in range(2)]
    for browser in (client, *others):
        sign_in(browser, user)
    thief = copy_of(client, app)
    form = {"current": PASSWORD, "password": "a quite new pass phrase", "again": "a quite new pass phrase"}
    assert client.post("/account/password", data=form).status_code == 303
    assert inside(client)
    assert not any(inside(browser) for browser in (*others, thief))


def test_a_role_that_is_taken_is_gone_at_the_next_request(client, db_session, sign_in):
    unit = make_unit()
    leader = make_leader(unit)
    sign_in(client, leader)
    assert client.get(f"/units/{unit.id}/members").status_code == 200
    db.session.query(Role).delete()
    assert client.get(f"/units/{unit.id}/members").status_code == 404


def test_an_account_is_in_no_more_than_fifty_browsers(app, user, sign_in, monkeypatch):
    monkeypatch.setattr(rules, "MOST_SESSIONS", 3)
    browsers = [app.test_client() for _ in range(5)]
    for minutes, browser in enumerate(browsers):
        with frozen(now() + timedelta(minutes=minutes)):
            sign_in(browser, user)
    assert [inside(browser) for browser in browsers] == [False, False, True, True, True]


def test_what_nobody_can_use_is_forgotten_at_the_next_sign_in(client, user, sign_in):
    with frozen(now() - KEPT_WHOLE - timedelta(days=1)):
        rules.begin_session(make_user(), "Firefox", remembered=True)
    enter(client)
    assert [row.user_id for row in rows()] == [user.id]


def test_signing_in_at_the_same_moment_makes_as_many_sessions(committed_db):
    app = committed_db.app
    with app.app_context():
        make_user("marit@example.org", username="marit")
        db.session.commit()
    start, browsers = threading.Barrier(4), [app.test_client() for _ in range(4)]

    def go(browser):
        start.wait()
        enter(browser)

    threads = [threading.Thread(target=go, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(inside(browser) for browser in browsers)
