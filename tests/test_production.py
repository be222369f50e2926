"""The site as it stands in production: behind a proxy that ends TLS, with secure cookies and tokens in every form."""

import re

import pytest

from app import create_app
from app.config import Config
from app.extensions import db
from app.identity.rules.links import make_password_link
from tests.factories import PASSWORD, make_user

HTTPS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Host": "trips.example.org"}
KEY = "a9f3c2e1b8d7465091fe3a7cbd2468e0"


@pytest.fixture
def site(committed_db):
    env = {
        "APP_ENV": "production",
        "SECRET_KEY": KEY,
        "PROXY_HOPS": "1",
        "DATABASE_URL": committed_db.url.render_as_string(hide_password=False),
    }
    app = create_app(Config.from_env(env))
    yield app
    with app.app_context():
        db.engine.dispose()


def token_of(page: str) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


def post(client, address: str, **fields):
    token = token_of(client.get(address, headers=HTTPS).text)
    return client.post(address, data={"csrf_token": token, **fields}, headers=HTTPS)


def test_signing_in_over_tls(site):
    with site.app_context():
        make_user("marit@example.org")
        db.session.commit()
    client = site.test_client()
    answer = post(client, "/login", login="marit@example.org", password=PASSWORD)
    assert answer.status_code == 303
    cookies = {cookie.partition("=")[0]: cookie for cookie in answer.headers.getlist("Set-Cookie")}
    assert cookies.keys() == {"__Host-session", "__Host-known"}
    for cookie in cookies.values():
        assert all(flag in cookie for flag in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"))
        assert "Domain" not in cookie
    page = client.get("/outings", headers=HTTPS)
    assert page.status_code == 200
    assert page.headers["Strict-Transport-Security"].startswith("max-age=")
    assert page.headers["Cache-Control"] == "no-store"
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


def test_a_one_time_link_sets_a_password_without_a_referer(site):
    with site.app_context():
        user = make_user("new@example.org", password_hash=None)
        token = make_password_link(user, None)
        db.session.commit()
    client = site.test_client()
    answer = post(client, f"/welcome/{token}", password="three brown owls", again="three brown owls")
    assert answer.status_code == 303
    assert client.get("/account", headers=HTTPS).status_code == 200


def test_nothing_is_promised_about_tls_without_it(site):
    answer = site.test_client().get("/login", headers={"X-Forwarded-Proto": "http"})
    assert "Strict-Transport-Security" not in answer.headers


def test_every_form_wants_its_token(site):
    assert site.test_client().post("/login", data={"login": "a", "password": "b"}, headers=HTTPS).status_code == 400


def test_a_host_that_is_not_ours_is_refused_in_a_sentence(committed_db):
    env = {
        "APP_ENV": "production",
        "SECRET_KEY": KEY,
        "TRUSTED_HOSTS": "trips.example.org",
        "DATABASE_URL": committed_db.url.render_as_string(hide_password=False),
    }
    client = create_app(Config.from_env(env)).test_client()
    answer = client.get("/login", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "does not answer to that host name" in answer.text
    assert client.get("/login", headers={"Host": "trips.example.org"}).status_code == 200
