"""Where an account is signed in: begun, listed, ended, and over by itself."""

import re
import threading
from datetime import timedelta

import pytest
from sqlalchemy import event, make_url, select, text, update

from app.audit.models import AuditEntry
from app.clock import frozen, now
from app.config import Config
from app.extensions import db
from app.identity.devices import device_of
from app.identity.models import BrowserSession
from app.identity.rules import sessions as rules
from app.identity.rules.links import make_password_link
from app.units.models import Role
from tests.database import settings
from tests.factories import PASSWORD, make_leader, make_unit, make_user

PHONE = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
TABLET = "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1 (KHTML, like Gecko) Version/18.5 Safari/604.1"
IDLE, WHOLE = timedelta(hours=12), timedelta(days=30)
KEPT_IDLE, KEPT_WHOLE = timedelta(days=30), timedelta(days=90)


@pytest.fixture
def user(db_session):
    return make_user("marit@example.org", username="marit", name="Marit")


def enter(client, **values):
    answer = client.post("/login", data={"login": "marit", "password": PASSWORD} | values)
    assert answer.status_code == 303
    return client


def inside(client):
    return client.get("/account").status_code == 200


def rows():
    return db.session.scalars(select(BrowserSession).order_by(BrowserSession.id)).all()


def copy_of(client, app):
    """Another browser with the same cookie."""
    other = app.test_client()
    other.set_cookie("session", client.get_cookie("session").value)
    return other


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


# --- the page


def test_the_list_says_where(app, client, user):
    enter(client)
    kept = app.test_client()
    kept.post("/login", data={"login": "marit", "password": PASSWORD, "remember": "y"}, headers={"User-Agent": PHONE})
    with frozen(now() + timedelta(hours=3)):
        page = client.get("/account/sessions").text
        assert page.index("This device") < page.index("Firefox on Android")
        assert "3 hours ago" in page
        assert ", to stay" in page
    with frozen(now() + timedelta(hours=16)):
        assert "Firefox on Android" in kept.get("/account/sessions").text
        assert "A browser" not in kept.get("/account/sessions").text  # over by itself


def test_ending_one(app, client, user):
    lost = enter(app.test_client())
    enter(client)
    page = client.get("/account/sessions").text
    address = re.search(r"/account/sessions/[0-9a-f-]+/end", page)[0]
    assert client.post(address).headers["Location"] == "/account/sessions"
    assert not inside(lost)
    assert inside(client)
    assert client.post(address).status_code == 404  # says that it is signed out already


def test_nobody_ends_the_session_of_somebody_else(app, client, user, sign_in):
    enter(client)
    [session] = rows()
    stranger = app.test_client()
    sign_in(stranger, make_user(is_site_admin=True))
    assert stranger.post(f"/account/sessions/{session.id}/end").status_code == 404
    assert inside(client)


def test_ending_all_others(app, client, user, sign_in):
    others = [enter(app.test_client()) for _ in range(3)]
    stranger = app.test_client()
    sign_in(stranger, make_user())
    enter(client)
    client.post("/account/sessions/end-others")
    assert "3 other devices are signed out." in client.get("/account").text
    assert inside(client)
    assert inside(stranger)
    assert not any(inside(other) for other in others)
    client.post("/account/sessions/end-others")
    assert "No other device was signed in." in client.get("/account").text


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


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (PHONE, "Firefox on Android"),
        (TABLET, "Safari on an iPad"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; CrOS x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome on a Chromebook"),
        ("curl/8.0", "A browser"),
        ("", "A browser"),
        ("<script>Firefox " + "x" * 5000, "Firefox"),
    ],
)
def test_a_device_in_words(header, words):
    assert device_of(header) == words


# --- keys that change


@pytest.fixture
def rotate(app, monkeypatch):
    """The site with a new key, once; the old one is still accepted if ``kept``."""

    def rotate(kept):
        old = app.config["SECRET_KEY"]
        monkeypatch.setitem(app.config, "SECRET_KEY", f"a new key {'x' * 40}")
        monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [old] if kept else [])

    return rotate


@pytest.mark.parametrize(("kept", "status"), [(True, 303), (False, 400)])
def test_a_form_that_lies_open_while_keys_change(app, client, user, sign_in, monkeypatch, rotate, kept, status):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    sign_in(client, user)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/account/password").text)[1]
    rotate(kept)
    form = {"current": PASSWORD, "password": "a quite new pass phrase", "again": "a quite new pass phrase"}
    assert client.post("/account/password", data=form | {"csrf_token": token}).status_code == status


def test_another_browsers_form_is_refused_under_an_old_key_too(app, client, user, sign_in, monkeypatch, rotate):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    other = app.test_client()
    sign_in(client, user), sign_in(other, user)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', other.get("/account").text)[1]
    client.get("/account")
    rotate(kept=True)
    assert client.post("/logout", data={"csrf_token": token}).status_code == 400
    assert client.post("/logout", headers={"X-CSRFToken": token}).status_code == 400
    assert other.post("/logout", headers={"X-CSRFToken": token}).status_code == 303


def test_whoever_asked_to_stay_stays_when_keys_change(client, user, rotate):
    enter(client, remember="y")
    rotate(kept=True)
    with frozen(now() + timedelta(days=20)):
        assert inside(client)


# --- the trail


def trail():
    return [
        (entry.action, entry.actor_id, entry.subject_id, entry.changes)
        for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.at, AuditEntry.id))
    ]


def test_what_happens_to_an_account_is_on_record_without_secrets(app, client, user):
    client.post("/login", data={"login": "marit", "password": "a wrong guess"})
    client.post("/login", data={"login": "nobody-of-this-name", "password": "a wrong guess"})
    enter(app.test_client())
    enter(client)
    client.post("/account/sessions/end-others")
    form = {"current": PASSWORD, "password": "a quite new pass phrase", "again": "a quite new pass phrase"}
    client.post("/account/password", data=form)
    client.post("/logout")
    found = trail()
    assert [action for action, *_ in found] == [
        *("sign-in failed", "sign-in failed", "signed in", "signed in"),
        *("signed out all other devices", "password changed", "signed out"),
    ]
    assert found[0][1:3] == (None, user.id)
    assert found[1][2].int == 0
    assert found[2][3] == {"device": [None, "A browser"]}
    said = str(found)
    assert not any(word in said for word in (PASSWORD, "pass phrase", "guess", "nobody-of", "127.0.0.1", "argon2"))


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
