"""A cookie is opened once, and still counts only for as long and under the keys that it should."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.sessions import SecureCookieSession

from app.web import cookies
from app.web.cookies import SignedCookies


@pytest.fixture
def cookie(app: Flask) -> str:
    return SignedCookies().get_signing_serializer(app).dumps({"_user_id": "somebody", "_flashes": [("ok", "Saved.")]})


def held(app: Flask, value: str) -> SecureCookieSession:
    """What the session holds for a browser that sends ``value``."""
    name = app.config["SESSION_COOKIE_NAME"]
    with app.test_request_context("/", headers={"Cookie": f"{name}={value}"}) as context:
        return context.session


def test_it_is_opened_once_and_what_one_request_changes_no_other_sees(app, cookie):
    cookies.opened.cache_clear()
    first = held(app, cookie)
    first["_flashes"].append(("ok", "Also this."))
    first["wrote"] = 1
    again = held(app, cookie)
    assert dict(again) == {"_user_id": "somebody", "_flashes": [("ok", "Saved.")]}
    assert not again.modified
    assert cookies.opened.cache_info()[:2] == (1, 1), "one hit, one miss"


def test_what_we_have_not_signed_holds_nothing_and_is_not_kept(app, cookie):
    cookies.opened.cache_clear()
    for value in ("", "x", cookie[:-1], cookie.swapcase(), f"x{cookie}"):
        assert not held(app, value)
    assert cookies.opened.cache_info().currsize == 0


def test_it_ends_with_its_time_and_with_its_key(app, cookie, monkeypatch):
    assert held(app, cookie)
    with monkeypatch.context() as patch:
        patch.setitem(app.config, "PERMANENT_SESSION_LIFETIME", timedelta(seconds=-1))
        assert not held(app, cookie)
    key = app.config["SECRET_KEY"]
    monkeypatch.setitem(app.config, "SECRET_KEY", "another key that nobody has guessed yet")
    assert not held(app, cookie)
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [key])
    assert held(app, cookie)
