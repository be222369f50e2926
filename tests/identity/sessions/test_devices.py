"""The page that says on which devices one is signed in, and signs them out."""

import re
from datetime import timedelta

import pytest

from app.clock import frozen, now
from app.identity.devices import device_of
from tests.factories import PASSWORD, make_user
from tests.identity.helpers import inside
from tests.identity.sessions.helpers import enter, rows

PHONE = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
TABLET = "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1 (KHTML, like Gecko) Version/18.5 Safari/604.1"


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
