"""The second factor at signing in: asked for after the password, and not to be guessed."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.clock import frozen, now
from app.extensions import db
from app.identity import limits
from app.identity.models import BrowserSession
from app.identity.rules import factors as rules
from tests.factories import make_user
from tests.identity.factors.helpers import code, first_step, second_step
from tests.identity.helpers import inside


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
