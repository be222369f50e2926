"""The second factor: set up, asked for, lost, and taken away."""

import re
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.clock import frozen, now
from app.config import Config, ConfigError
from app.extensions import db
from app.identity import limits, vault
from app.identity.letters import SAFETY
from app.identity.models import BrowserSession, RecoveryCode, SecondFactor
from app.identity.rules import factors as rules
from app.identity.rules import outside
from app.units.models import RoleName
from tests.factories import PASSWORD, make_leader, make_unit, make_user
from tests.mail.helpers import deliver_all

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def user(db_session):
    return make_user("marit@example.org", username="marit", name="Marit")


@pytest.fixture
def with_app(user):
    """The account with an authenticator app, and ten recovery codes."""
    db.session.add(SecondFactor(user_id=user.id, kind="app", name="My phone", secret=vault.seal(SECRET)))
    return rules.new_codes(user)


def code(seconds=0, secret=SECRET):
    return pyotp.TOTP(secret).at(now() + timedelta(seconds=seconds))


def first_step(client, **values):
    return client.post("/login", data={"login": "marit", "password": PASSWORD} | values)


def second_step(client, typed):
    return client.post("/login/second", data={"code": typed})


def inside(client):
    return client.get("/account").status_code == 200


@pytest.fixture(autouse=True)
def still():
    """The half minute of a code must not end while a test runs."""
    with frozen(now().replace(minute=7, second=10)):
        yield


# --- signing in


def test_the_password_alone_opens_nothing(client, with_app):
    assert first_step(client).headers["Location"] == "/login/second"
    assert not inside(client)
    assert db.session.scalar(select(func.count()).select_from(BrowserSession)) == 0
    assert "authenticator app" in client.get("/login/second").text


def test_with_the_code_one_is_in_where_one_wanted_to_be_and_stays(client, with_app):
    first_step(client, next="/account/sessions", remember="y")
    answer = second_step(client, code())
    assert answer.headers["Location"] == "/account/sessions"
    assert any("Expires=" in cookie for cookie in answer.headers.getlist("Set-Cookie") if cookie.startswith("session="))
    assert inside(client)


def test_a_link_that_sets_a_password_asks_for_it_too(client, user, with_app):
    from app.identity.rules.links import make_password_link

    address = f"/welcome/{make_password_link(user, None)}"
    answer = client.post(address, data={"password": "a quite new pass phrase", "again": "a quite new pass phrase"})
    assert answer.headers["Location"] == "/login/second"
    assert not inside(client)


@pytest.mark.parametrize("typed", ["000000", "", "12345", "abcd-efgh-ijkl-mnop", "\u0660" * 6, "' OR 1=1 --", "0" * 41])
def test_a_wrong_code_opens_nothing(client, with_app, typed):
    first_step(client)
    page = second_step(client, typed)
    assert page.status_code == 422
    assert "There is a problem" in page.text
    assert not inside(client)


@pytest.mark.parametrize(("seconds", "fits"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_clocks_may_be_half_a_minute_apart(client, with_app, seconds, fits):
    first_step(client)
    assert (second_step(client, code(seconds)).status_code == 303) == fits


def test_a_code_works_once_and_none_that_is_older_works_after_it(app, client, with_app):
    first_step(client)
    used = code()
    assert second_step(client, f" {used[:3]} {used[3:]} ").status_code == 303
    other = app.test_client()
    first_step(other)
    assert second_step(other, used).status_code == 422
    assert second_step(other, code(-30)).status_code == 422
    assert second_step(other, code(30)).status_code == 303


def test_without_the_first_step_there_is_no_second(client, with_app):
    assert second_step(client, code()).headers["Location"] == "/login"
    assert not inside(client)


def test_the_second_step_waits_ten_minutes(client, with_app):
    first_step(client)
    with frozen(now() + timedelta(minutes=10, seconds=1)):
        assert second_step(client, code()).headers["Location"] == "/login"


def test_a_new_password_ends_the_wait_of_whoever_knew_the_old_one(client, user, with_app):
    from app.identity.rules.passwords import set_password

    first_step(client)
    set_password(user, "a quite new pass phrase")
    assert second_step(client, code()).headers["Location"] == "/login"


def test_codes_are_not_to_be_guessed(app, client, user, with_app):
    for _ in range(limits.PER_ACCOUNT):
        first_step(client)
        assert second_step(client, "000000").status_code == 422
    assert second_step(client, code()).status_code == 429
    other = app.test_client()
    first_step(other)
    assert second_step(other, code()).status_code == 429


def test_a_recovery_code_works_once(app, client, with_app):
    first_step(client)
    assert second_step(client, with_app[3].upper()).status_code == 303
    other = app.test_client()
    first_step(other)
    assert second_step(other, with_app[3]).status_code == 422
    assert second_step(other, with_app[4].replace("-", "")).status_code == 303
    assert "8 codes are left" in client.get("/account/factors").text


def test_the_recovery_code_of_somebody_else_is_none(client, with_app):
    theirs = rules.new_codes(make_user())
    first_step(client)
    assert second_step(client, theirs[0]).status_code == 422


# --- setting up


def test_setting_up_an_app(client, user, sign_in):
    sign_in(client, user)
    page = client.get("/account/factors/app").text
    assert 'src="data:image/svg+xml' in page
    secret = "".join(re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].split())
    sealed = re.search(r'name="sealed"[^>]*value="([^"]+)"', page)[1]
    assert secret not in sealed
    form = {"sealed": sealed, "name": "My phone", "code": "000000"}
    wrong = client.post("/account/factors/app", data=form)
    assert wrong.status_code == 422
    assert "That code does not fit" in wrong.text
    assert secret in "".join(re.search(r"<code>([A-Z2-7 ]+)</code>", wrong.text)[1].split())
    done = client.post("/account/factors/app", data=form | {"code": code(secret=secret)})
    codes = re.findall(r"<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>", done.text)
    assert len(set(codes)) == 10
    assert secret not in done.text
    # Kept sealed, as hashes, and shown nowhere again.
    kept = str(
        [vars(row) for row in (*db.session.scalars(select(SecondFactor)), *db.session.scalars(select(RecoveryCode)))]
    )
    assert secret not in kept
    assert not any(known in kept or known.replace("-", "") in kept for known in codes)
    again = client.get("/account/factors").text
    assert "My phone" in again
    assert not any(known in again for known in codes)
    # The code that set it up is spent.
    client.post("/logout")
    first_step(client)
    assert second_step(client, code(secret=secret)).status_code == 422
    assert second_step(client, codes[0]).status_code == 303


@pytest.mark.parametrize("planted", ["", "made-up", "of another account"])
def test_nobody_plants_a_secret(client, user, sign_in, planted):
    sign_in(client, user)
    sealed = vault.seal(f"{make_user().id} {SECRET}") if planted.startswith("of") else planted
    form = {"sealed": sealed, "name": "x", "code": code()}
    assert client.post("/account/factors/app", data=form).status_code == 422
    assert not rules.has_factor(user)


def test_an_eleventh_is_too_many(user):
    for number in range(10):
        rules.add_app(user, SECRET, code(), f"Phone {number}")
    with pytest.raises(rules.RuleBroken, match="10 already"):
        rules.add_app(user, SECRET, code(), "one more")


def test_new_codes_replace_the_old_ones(client, user, with_app, sign_in):
    sign_in(client, user)
    assert client.post("/account/factors/codes").status_code == 200
    client.post("/logout")
    first_step(client)
    assert second_step(client, with_app[0]).status_code == 422


def test_removing_the_last_takes_the_codes_along(client, user, with_app, sign_in):
    sign_in(client, user)
    factor = db.session.scalars(select(SecondFactor)).one()
    assert client.post(f"/account/factors/{factor.id}/remove").status_code == 303
    assert db.session.scalar(select(func.count()).select_from(RecoveryCode)) == 0
    client.post("/logout")
    assert first_step(client).headers["Location"] == "/"


def test_a_sealed_secret_outlives_a_new_key_and_is_sealed_with_it_at_use(app, client, user, with_app, monkeypatch):
    old = app.config["SECRET_KEY"]
    monkeypatch.setitem(app.config, "SECRET_KEY", "a new key " * 5)
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [old])
    first_step(client)
    assert second_step(client, code()).status_code == 303
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [])
    client.post("/logout")
    first_step(client)
    assert second_step(client, code(30)).status_code == 303


# --- showing again who one is


def test_an_open_browser_is_not_enough(client, user, with_app, sign_in):
    sign_in(client, user)
    factor = db.session.scalars(select(SecondFactor)).one()
    with frozen(now() + timedelta(minutes=15, seconds=1)):
        assert client.get("/account/factors/app").headers["Location"] == "/account/confirm?next=/account/factors/app"
        for address in ("app", "codes", f"{factor.id}/remove"):
            answer = client.post(f"/account/factors/{address}")
            page = "/account/factors/app" if address == "app" else "/account/factors"
            assert answer.headers["Location"] == f"/account/confirm?next={page}", address
        assert rules.has_factor(user)
        assert client.post("/account/confirm", data={"password": "guess"}).status_code == 422
        done = client.post("/account/confirm", data={"password": PASSWORD, "next": "/account/factors/app"})
        assert done.headers["Location"] == "/account/factors/app"
        assert client.get("/account/factors/app").status_code == 200
        away = client.post("/account/confirm", data={"password": PASSWORD, "next": "//evil.example"})
        assert away.headers["Location"] == "/account/factors"


def test_it_is_not_to_be_guessed_either(client, user, sign_in):
    sign_in(client, user)
    answers = [
        client.post("/account/confirm", data={"password": "guess"}).status_code for _ in range(limits.PER_ACCOUNT + 1)
    ]
    assert answers == [422] * limits.PER_ACCOUNT + [429]


def test_whoever_has_no_password_shows_a_code(client, user, with_app, sign_in):
    user.password_hash = None
    sign_in(client, user)
    assert client.post("/account/confirm", data={"code": "000000"}).status_code == 422
    assert client.post("/account/confirm", data={"code": code()}).status_code == 303


# --- who must


@pytest.fixture
def required(app, monkeypatch):
    monkeypatch.setitem(app.config, "REQUIRE_SECOND_FACTOR", True)


@pytest.mark.parametrize("who", ["leader", "unit admin", "site admin"])
def test_whoever_is_trusted_sets_one_up_before_anything_else(app, client, db_session, sign_in, required, who):
    unit = make_unit()
    person = {
        "leader": lambda: make_leader(unit),
        "unit admin": lambda: make_leader(unit, RoleName.ADMIN),
        "site admin": lambda: make_user(is_site_admin=True),
    }[who]()
    sign_in(client, person)
    for address in ("/", "/outings", "/account", "/family", f"/units/{unit.id}/members", "/outings/new"):
        assert client.get(address).headers["Location"] == "/account/factors", address
        assert client.post(address).status_code in (303, 405)
    page = client.get("/account/factors").text
    assert "needs a second factor" in page
    assert 'href="/outings"' not in page
    for address in ("/account/factors/app", "/account/password", "/account/confirm"):
        assert client.get(address).status_code == 200, address
    db.session.add(SecondFactor(user_id=person.id, kind="app", name="My phone", secret=vault.seal(SECRET)))
    assert client.get("/account").status_code == 200
    db.session.query(SecondFactor).delete()
    assert client.get("/account").status_code == 303
    assert client.post("/logout").headers["Location"] == "/login"


def test_a_parent_is_offered_one(client, user, sign_in, required):
    sign_in(client, user)
    assert "Set up a second factor" in client.get("/account").text


def test_it_is_required_in_production_unless_told_otherwise():
    env = {"DATABASE_URL": "postgresql://u@h/d", "SECRET_KEY": "a9f3c2e1b8d7465091fe3a7cbd2468e0"}
    assert Config.from_env(env).require_second_factor
    assert not Config.from_env(env | {"REQUIRE_SECOND_FACTOR": "0"}).require_second_factor
    assert not Config.from_env(env | {"APP_ENV": "development"}).require_second_factor
    with pytest.raises(ConfigError, match="REQUIRE_SECOND_FACTOR is 'maybe'"):
        Config.from_env(env | {"REQUIRE_SECOND_FACTOR": "maybe"})


# --- lost


def test_a_site_admin_lets_somebody_in_again_and_it_is_on_record(app, client, user, with_app, sign_in):
    admin, theirs = make_user(is_site_admin=True), app.test_client()
    sign_in(theirs, user)
    sign_in(client, admin)
    address = f"/admin/accounts/{user.id}/reset-second-factor"
    assert client.post(f"/admin/accounts/{admin.id}/reset-second-factor").status_code == 404
    with frozen(now() + timedelta(minutes=16)):
        assert client.post(address).headers["Location"].startswith("/account/confirm")
    assert client.post(address).status_code == 303
    assert not inside(theirs)
    assert first_step(app.test_client()).headers["Location"] == "/"
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "second factor reset")).one()
    assert (entry.actor_id, entry.subject_id) == (admin.id, user.id)


def test_the_command_for_whoever_has_lost_everything(app, user, with_app):
    run = app.test_cli_runner().invoke(args=["reset-second-factor", "marit"])
    assert run.exit_code == 0, run.output
    assert not rules.has_factor(user)
    assert app.test_cli_runner().invoke(args=["reset-second-factor", "nobody"]).exit_code == 1


def test_the_owner_hears_of_whatever_opens_the_account(app, client, user, sign_in):
    sign_in(client, user)
    said = []

    def heard():
        said.extend(deliver_all())
        return [mail.subject for mail in said]

    sealed = vault.seal(f"{user.id} {SECRET}")
    shown = client.post("/account/factors/app", data={"sealed": sealed, "name": "Their phone", "code": code()})
    paper = re.findall(r"<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>", shown.text)
    assert client.post("/login/second").status_code == 303
    stranger = app.test_client()
    first_step(stranger)
    assert second_step(stranger, paper[0]).status_code == 303
    renewed = client.post("/account/factors/codes").text
    client.post(
        "/account/password", data={"current": PASSWORD, "password": "seven snowy bags", "again": "seven snowy bags"}
    )
    client.post(f"/account/factors/{db.session.scalars(select(SecondFactor.id)).one()}/remove")
    outside.connect(user, "https://id.example.org", "4711")
    outside.disconnect(user)
    rules.reset_factors(user, by=make_user())
    rules.reset_factors(user, by=None)
    assert heard() == [
        *("A second factor was added", "A recovery code was used", "A new device signed in to your account"),
        *("New recovery codes were made", "Your password was changed", "A second factor was removed"),
        *("Another way to sign in was added", "A way to sign in was removed"),
        *("Your second factor was reset", "Your second factor was reset"),
    ]
    assert len({mail.subject for mail in said} - {"A new device signed in to your account"}) == len(SAFETY)
    for mail in said:
        assert mail.recipient == user.email
        assert "Was that you? Then there is nothing to do." in mail.text
        assert "/login/forgot" in mail.text
        assert not any(word in mail.text + mail.html for word in (SECRET, "Their phone", "seven snowy", *paper))
    assert not any(word in str([mail.text for mail in said]) for word in re.findall(r"<code>([^<]+)</code>", renewed))
    # In the transaction of what happened: taken back with it.
    db.session.commit()
    rules.reset_factors(user, by=None)
    db.session.rollback()
    assert deliver_all() == []


def test_the_trail_tells_of_factors_and_holds_no_secret(client, user, with_app, sign_in):
    first_step(client)
    typed = code()
    second_step(client, "000000")
    second_step(client, typed)
    client.post("/account/factors/codes")
    client.post(f"/account/factors/{db.session.scalars(select(SecondFactor.id)).one()}/remove")
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.at, AuditEntry.id)).all()
    assert [entry.action for entry in entries][1:] == [
        *("second factor failed", "signed in", "recovery codes renewed", "second factor removed"),
    ]
    said = str([(entry.action, entry.changes, entry.reason) for entry in entries])
    assert not any(word in said for word in (typed, SECRET, *with_app))
