"""Keys that change while people are signed in and forms lie open."""

import re
from datetime import timedelta

import pytest

from app.clock import frozen, now
from tests.factories import PASSWORD
from tests.identity.helpers import inside
from tests.identity.sessions.helpers import enter


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
