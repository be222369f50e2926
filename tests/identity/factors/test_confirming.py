"""Before a factor is changed, one shows again who one is."""

from datetime import timedelta

from sqlalchemy import select

from app.clock import frozen, now
from app.extensions import db
from app.identity import limits
from app.identity.models import SecondFactor
from app.identity.rules import factors as rules
from tests.factories import PASSWORD
from tests.identity.factors.helpers import code


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
