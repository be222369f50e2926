"""Accounts elsewhere: against a provider on loopback that speaks OpenID Connect over HTTP, with RSA keys of its own."""

import base64
import hashlib
import secrets
import threading
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select
from werkzeug.serving import make_server

from app.config import Config, ConfigError
from app.extensions import db
from app.identity.models import OutsideAccount, SecondFactor
from tests.factories import keep, make_user
from tests.identity.helpers import inside

SECRET = "what-the-two-of-us-know"


def new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "1"})


class Provider:
    """Discovery, authorization with PKCE, tokens and keys; ``spoil`` changes what a token says, ``key`` who signs it."""

    def __init__(self):
        self.published = new_key()
        self.subject, self.spoil, self.key, self.codes = "subject-1", {}, self.published, {}
        pages = Flask("provider")
        pages.add_url_rule("/.well-known/openid-configuration", view_func=self.metadata)
        pages.add_url_rule("/authorize", view_func=self.authorize)
        pages.add_url_rule("/token", view_func=self.token, methods=["POST"])
        pages.add_url_rule("/keys", view_func=lambda: jsonify(keys=[self.published.as_dict(private=False)]))
        self.server = make_server("127.0.0.1", 0, pages, threaded=True)
        self.issuer = f"http://127.0.0.1:{self.server.port}"

    def metadata(self):
        here = self.issuer
        return jsonify(
            issuer=here,
            authorization_endpoint=f"{here}/authorize",
            token_endpoint=f"{here}/token",
            jwks_uri=f"{here}/keys",
            id_token_signing_alg_values_supported=["RS256", "HS256", "none"],
        )

    def authorize(self):
        asked = request.args
        assert (asked["client_id"], asked["response_type"]) == ("scouts", "code")
        assert asked["code_challenge_method"] == "S256"
        assert asked["nonce"]
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked.to_dict()
        return redirect(f"{asked['redirect_uri']}?code={code}&state={asked['state']}")

    def token(self):
        asked = self.codes.pop(request.form["code"])
        shown = base64.urlsafe_b64encode(hashlib.sha256(request.form["code_verifier"].encode()).digest())
        assert shown.decode().rstrip("=") == asked["code_challenge"]
        assert (request.authorization.username, request.authorization.password) == ("scouts", SECRET)
        at = int(time.time())
        claims = {"iss": self.issuer, "sub": self.subject, "aud": "scouts", "iat": at, "exp": at + 60, "nonce": asked["nonce"],
                  "email": "marit@example.org", "email_verified": True} | self.spoil  # fmt: skip
        return jsonify(
            access_token="x", token_type="Bearer", id_token=jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.key)
        )


@pytest.fixture(scope="module")
def running():
    provider = Provider()
    thread = threading.Thread(target=provider.server.serve_forever)
    thread.start()
    yield provider
    provider.server.shutdown()
    thread.join()


@pytest.fixture
def provider(running, app, monkeypatch):
    running.subject, running.spoil, running.key = "subject-1", {}, running.published
    for name, value in (
        ("ISSUER", running.issuer),
        ("CLIENT_ID", "scouts"),
        ("CLIENT_SECRET", SECRET),
        ("NAME", "Scouting ID"),
    ):
        monkeypatch.setitem(app.config, f"OIDC_{name}", value)
    monkeypatch.setitem(app.config, "SITE_URL", "http://localhost")
    return running


@pytest.fixture
def user(db_session, provider):
    return make_user("marit@example.org")


def there_and_back(client, answer):
    """Follow to the provider as a browser does; what the site says in the end."""
    assert answer.status_code == 303
    back = requests.get(answer.headers["Location"], allow_redirects=False, timeout=5).headers["Location"]
    assert back.startswith("http://localhost/login/provider/answer?")
    return client.get(back.removeprefix("http://localhost"))


def connected(client, sign_in, user):
    sign_in(client, user)
    answer = there_and_back(client, client.post("/account/provider"))
    assert answer.headers["Location"] == "/account/provider"
    client.post("/logout")


def test_an_address_opens_nothing_and_its_owner_connects_it_once(client, app, sign_in, user, provider):
    # The provider says that it has verified the very address of the account.
    answer = there_and_back(client, client.get("/login/provider"))
    assert answer.headers["Location"].startswith("/login?next=/account/provider")
    assert not inside(client)
    connected(client, sign_in, user)
    (row,) = db.session.scalars(select(OutsideAccount))
    assert (row.user_id, row.issuer, row.subject) == (user.id, provider.issuer, "subject-1")
    assert there_and_back(client, client.get("/login/provider?next=/family")).headers["Location"] == "/family"
    assert inside(client)
    # It opens no second account, and nothing once it is disconnected.
    other = app.test_client()
    sign_in(other, make_user())
    there_and_back(other, other.post("/account/provider"))
    assert len(db.session.scalars(select(OutsideAccount)).all()) == 1
    client.post("/account/provider/remove")
    client.post("/logout")
    there_and_back(client, client.get("/login/provider"))
    assert not inside(client)


def test_the_second_factor_is_asked_for_and_next_stays_here(client, sign_in, user):
    connected(client, sign_in, user)
    assert there_and_back(client, client.get("/login/provider?next=//evil.example")).headers["Location"] == "/"
    client.post("/logout")
    keep(SecondFactor(user_id=user.id, kind="app", name="My phone", secret="sealed"))
    assert there_and_back(client, client.get("/login/provider")).headers["Location"] == "/login/second"
    assert not inside(client)


@pytest.mark.parametrize(
    "spoil",
    [{"nonce": "another"}, {"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1}, {"sub": ""}],
    ids=str,
)
def test_a_token_that_does_not_hold_opens_nothing(client, sign_in, user, provider, spoil):
    connected(client, sign_in, user)
    provider.spoil = spoil
    assert there_and_back(client, client.get("/login/provider")).headers["Location"] == "/login"
    assert not inside(client)


def test_neither_does_one_that_somebody_else_signed_nor_a_state_of_another_browser(
    client, app, sign_in, user, provider
):
    connected(client, sign_in, user)
    begun = client.get("/login/provider")
    provider.key = new_key()
    assert there_and_back(client, begun).headers["Location"] == "/login"
    provider.key = provider.published
    assert there_and_back(app.test_client(), client.get("/login/provider")).headers["Location"] == "/login"
    assert not inside(client)
    asked = parse_qs(urlsplit(client.get("/login/provider").headers["Location"]).query)
    assert asked["scope"] == ["openid"]


def test_whoever_is_suspended_stays_out(client, sign_in, user):
    connected(client, sign_in, user)
    user.suspended_at = user.created_at
    there_and_back(client, client.get("/login/provider"))
    assert not inside(client)


def test_all_four_settings_or_none():
    env = {"APP_ENV": "development", "DATABASE_URL": "postgresql://x/y", "OIDC_ISSUER": "http://127.0.0.1:9"}
    with pytest.raises(ConfigError, match="OIDC_CLIENT_ID is missing"):
        Config.from_env(env)
    env |= {"OIDC_CLIENT_ID": "a", "OIDC_CLIENT_SECRET": "b", "OIDC_NAME": "Scouting ID"}
    assert Config.from_env(env).oidc_issuer == "http://127.0.0.1:9"
    with pytest.raises(ConfigError, match="https"):
        Config.from_env(env | {"APP_ENV": "production", "SECRET_KEY": secrets.token_hex(32)})
