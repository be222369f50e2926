"""How often somebody may guess, and who is not to suffer from it."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.clock import frozen, now
from app.extensions import db
from app.identity import limits
from app.identity.models import AttemptCounter
from tests.factories import PASSWORD, make_user


def sign_in(client, login, password=PASSWORD, address="203.0.113.7"):
    return client.post(
        "/login", data={"login": login, "password": password}, environ_overrides={"REMOTE_ADDR": address}
    ).status_code


@pytest.fixture
def user(db_session):
    return make_user("marit@example.org", username="marit")


def test_sixty_families_behind_one_address_mistype_once_and_all_get_in(app, db_session):
    families = [make_user(f"family{number}@example.org") for number in range(60)]
    for family in families:
        assert sign_in(app.test_client(), family.email, "mistyped") == 422
    for family in families:
        assert sign_in(app.test_client(), family.email) == 303


def test_guessing_at_one_account_ends_wherever_it_comes_from(app, user):
    for number in range(limits.PER_ACCOUNT):
        assert sign_in(app.test_client(), user.email, "guess", f"198.51.100.{number}") == 422
    assert sign_in(app.test_client(), user.email, "guess", "192.0.2.1") == 429
    assert sign_in(app.test_client(), user.email, PASSWORD, "192.0.2.1") == 429


def test_both_names_of_an_account_share_one_counter(app, user):
    for number in range(limits.PER_ACCOUNT):
        assert sign_in(app.test_client(), ("marit", user.email)[number % 2], "guess", f"198.51.100.{number}") == 422
    assert sign_in(app.test_client(), "marit", "guess", "192.0.2.1") == 429


def test_an_account_that_nobody_has_is_limited_like_any_other(app, db_session):
    answers = {
        sign_in(app.test_client(), "nobody@example.org", "x", f"198.51.100.{n}") for n in range(limits.PER_ACCOUNT)
    }
    assert answers == {422}
    assert sign_in(app.test_client(), "nobody@example.org", "x", "192.0.2.1") == 429


def test_guessing_from_elsewhere_does_not_lock_a_known_browser_out(app, user):
    known = app.test_client()
    assert sign_in(known, user.email) == 303
    known.post("/logout")
    for number in range(limits.PER_ACCOUNT + 5):
        sign_in(app.test_client(), user.email, "guess", f"198.51.100.{number}")
    assert sign_in(app.test_client(), user.email) == 429
    assert sign_in(known, user.email) == 303
    known.post("/logout")
    assert sign_in(known, "marit") == 303  # known by its other name, too


def test_a_known_browser_is_known_to_its_own_account_only(app, user):
    make_user("other@example.org")
    known = app.test_client()
    sign_in(known, "other@example.org")
    known.post("/logout")
    for number in range(limits.PER_ACCOUNT):
        sign_in(app.test_client(), user.email, "guess", f"198.51.100.{number}")
    assert sign_in(known, user.email) == 429


def test_a_known_browser_may_not_guess_for_ever_either(app, user):
    known = app.test_client()
    sign_in(known, user.email)
    known.post("/logout")
    answers = [sign_in(known, user.email, "guess") for _ in range(limits.PER_ACCOUNT + 1)]
    assert answers == [422] * limits.PER_ACCOUNT + [429]
    assert sign_in(app.test_client(), user.email, address="192.0.2.1") == 303


@pytest.mark.parametrize("forged", ["", "x", "InRoZSBhY2NvdW50Ig.forged"])
def test_a_forged_cookie_is_no_known_browser(app, user, forged):
    for number in range(limits.PER_ACCOUNT):
        sign_in(app.test_client(), user.email, "guess", f"198.51.100.{number}")
    stranger = app.test_client()
    stranger.set_cookie("known", forged, path="/login")
    assert sign_in(stranger, user.email) == 429


def test_one_address_may_not_try_the_whole_troop(app, db_session):
    with frozen(now()):  # a window must not end meanwhile
        answers = [
            sign_in(app.test_client(), f"a{number}@example.org", "x") for number in range(limits.PER_ADDRESS + 1)
        ]
    assert set(answers[:-1]) == {422}
    assert answers[-1] == 429
    assert sign_in(app.test_client(), "a0@example.org", "x", "192.0.2.1") == 422


def test_who_is_refused_hears_how_long_to_wait_and_gets_in_after_it(app, user):
    moment = limits.window_of(now()) + timedelta(minutes=3)
    with frozen(moment):
        for _ in range(limits.PER_ACCOUNT):
            sign_in(app.test_client(), user.email, "guess")
        page = app.test_client().post("/login", data={"login": user.email, "password": PASSWORD})
        assert page.status_code == 429
        assert int(page.headers["Retry-After"]) == 12 * 60 + 1
        assert "Too many attempts. Wait 13 minutes and try again." in page.text
    with frozen(moment + timedelta(minutes=13)):
        assert sign_in(app.test_client(), user.email) == 303


def test_a_success_costs_nothing(app, user):
    for _ in range(limits.PER_ACCOUNT * 2):
        assert sign_in(app.test_client(), user.email) == 303
    assert set(db.session.scalars(select(AttemptCounter.attempts))) == {0}


def test_old_windows_are_forgotten(app, user):
    with frozen(now() - timedelta(days=2)):
        sign_in(app.test_client(), user.email, "guess")
    sign_in(app.test_client(), user.email)
    ages = [now() - start for start in db.session.scalars(select(AttemptCounter.window_start))]
    assert max(ages) < timedelta(hours=1)


def test_nothing_that_names_a_person_is_kept(app, user):
    sign_in(app.test_client(), user.email, "guess")
    sign_in(app.test_client(), "somebody@example.org", "guess")
    keys = " ".join(db.session.scalars(select(AttemptCounter.key)))
    assert "example.org" not in keys
    assert "marit" not in keys


def test_guesses_at_the_same_moment_all_count(committed_db):
    app = committed_db.app
    with app.app_context():
        user = make_user("marit@example.org")
        db.session.commit()
        email = user.email
    start = threading.Barrier(8)
    answers = []

    def guess(number):
        start.wait()
        for again in range(3):
            answers.append(sign_in(app.test_client(), email, "guess", f"198.51.{number}.{again}"))

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [422] * limits.PER_ACCOUNT + [429] * (24 - limits.PER_ACCOUNT)


def test_the_current_password_cannot_be_guessed_from_an_open_browser(client, user, request):
    form = {"current": "guess", "password": "a new long password", "again": "a new long password"}
    request.getfixturevalue("sign_in")(client, user)
    answers = [client.post("/account/password", data=form).status_code for _ in range(limits.PER_ACCOUNT + 1)]
    assert answers == [422] * limits.PER_ACCOUNT + [429]
    assert client.post("/account/password", data=form | {"current": PASSWORD}).status_code == 429


def test_a_refusal_is_a_page_for_people(client, user):
    for _ in range(limits.PER_ACCOUNT + 1):
        page = client.post("/login", data={"login": user.email, "password": "guess"})
    assert "There is a problem" in page.text
    assert 'value="marit@example.org"' in page.text


def test_whoever_has_a_whole_network_is_counted_as_one(app, db_session, monkeypatch):
    """A house with IPv6 has more addresses than anybody can count, and each guess may come from another."""
    monkeypatch.setattr(limits, "PER_ADDRESS", 3)
    from_there = [sign_in(app.test_client(), f"n{n}@example.org", "x", f"2001:db8:1:2::{n}") for n in range(4)]
    assert from_there == [422, 422, 422, 429]
    assert sign_in(app.test_client(), "n@example.org", "x", "2001:db8:1:3::1") == 422
    mapped = [sign_in(app.test_client(), f"m{n}@example.org", "x", f"::ffff:198.51.100.{n}") for n in range(4)]
    assert mapped == [422] * 4, "these are four of the older kind"
    assert sign_in(app.test_client(), "m@example.org", "x", "no address") == 422
