"""Signing in and out."""

import re

import pytest
from sqlalchemy import select

from app.extensions import db
from app.identity import passwords
from app.identity.models import User
from app.identity.rules.signing_in import WRONG
from tests.factories import PASSWORD, make_role, make_unit, make_user
from tests.identity.helpers import inside


@pytest.fixture
def user(db_session):
    return make_user("marit@example.org", username="marit", name="Marit")


def sign_in(client, login="marit@example.org", password=PASSWORD, **values):
    return client.post("/login", data={"login": login, "password": password} | values)


@pytest.mark.parametrize("login", ["marit@example.org", "marit", " Marit@Example.ORG ", "MARIT"])
def test_by_email_or_username_in_any_case(client, user, login):
    assert sign_in(client, login).headers["Location"] == "/"
    assert inside(client)
    assert user.last_sign_in_at


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("marit@example.org", "wrong"),
        ("marit", PASSWORD + " "),
        ("marit", PASSWORD.upper()),
        ("nobody@example.org", PASSWORD),
        ("%", PASSWORD),
        ("marit@example.org' OR '1'='1", PASSWORD),
    ],
)
def test_one_answer_for_an_unknown_account_and_a_wrong_password(client, user, login, password):
    page = sign_in(client, login, password)
    assert page.status_code == 422
    assert WRONG in page.text
    assert not inside(client)


def test_the_two_answers_are_the_same_to_the_byte_and_hash_once_each(client, user, dear_passwords, monkeypatch):
    tried = []
    verify = type(passwords.hasher).verify

    def counted(self, hash_, password):
        tried.append(hash_)
        return verify(self, hash_, password)

    monkeypatch.setattr(type(passwords.hasher), "verify", counted)
    pages = [sign_in(client, login, "wrong password").text.replace(login, "X") for login in ("marit", "nobody")]
    assert len({re.sub(r'"[\w.-]{60,}"', '"token"', page) for page in pages}) == 1
    assert tried == [user.password_hash, passwords.NOBODY]
    # In earnest both cost the same: the hash for nobody is made with the parameters of every other.
    assert passwords.NOBODY.split("$")[:4] == passwords.hash_password("x" * 12).split("$")[:4]


def test_an_account_without_a_password_opens_to_none(client, db_session):
    make_user("new@example.org", password_hash=None)
    for password in ("", "None", "nobody has this password"):
        assert sign_in(client, "new@example.org", password).status_code == 422


def test_what_is_missing_is_said_beside_its_field(client, user):
    page = sign_in(client, "", "")
    assert page.status_code == 422
    assert '<a href="#login">Enter your email or username.</a>' in page.text
    assert '<a href="#password">Enter your password.</a>' in page.text


def test_the_login_is_kept_and_the_password_is_not(client, user):
    page = sign_in(client, "marit", "a wrong password").text
    assert 'value="marit"' in page
    assert "a wrong password" not in page


def test_browsers_and_password_managers_know_the_fields(client, db_session):
    page = client.get("/login").text
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page


def test_sign_out_ends_it_and_only_as_a_post(client, user):
    sign_in(client)
    assert client.get("/logout").status_code == 405
    assert inside(client)
    assert client.post("/logout").headers["Location"] == "/login"
    assert not inside(client)


def test_signing_out_twice_is_no_error(client, user):
    assert client.post("/logout").status_code == 303


def test_who_is_in_already_goes_on(client, user):
    sign_in(client)
    assert client.get("/login?next=/account").headers["Location"] == "/account"


@pytest.mark.parametrize(("ticked", "kept"), [({"remember": "y"}, True), ({}, False)])
def test_remember_me_outlives_the_browser_and_nothing_else_does(client, user, ticked, kept):
    cookie = next(c for c in sign_in(client, **ticked).headers.getlist("Set-Cookie") if c.startswith("session="))
    assert ("Expires=" in cookie) == kept
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_session_that_was_planted_before_is_worth_nothing_after(client, user):
    with client.session_transaction() as session:
        session["planted"] = "evil"
        session["csrf_token"] = "known to the attacker"
    sign_in(client)
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session.get("csrf_token") != "known to the attacker"
        assert session["_user_id"]


NEXT = [
    ("/outings/new?a=b", "/outings/new?a=b"),
    ("/account#here", "/account#here"),
]
HOSTILE = [
    "https://evil.example", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "http:evil.example",
    "javascript:alert(1)", "/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example", "/%5c/evil.example\\",
    "evil.example", "@evil.example", "/\x7f/evil.example", "data:text/html,x", "//evil.example@site/", "/\r\nSet-Cookie: a=b",
    "https:///evil.example", "?next=x",
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "reached"), NEXT)
def test_next_leads_on(client, user, wanted, reached):
    assert sign_in(client, next=wanted).headers["Location"] == reached


@pytest.mark.parametrize("wanted", HOSTILE)
def test_next_never_leaves_the_site(client, user, wanted):
    answer = sign_in(client, next=wanted)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert client.get("/login", query_string={"next": wanted}).headers["Location"] == "/"


def test_next_comes_from_the_page_that_asked(client, user):
    asked = client.get("/family?a=1")
    assert asked.headers["Location"] == "/login?next=/family?a%3D1"
    assert 'name="next" type="hidden" value="/family?a=1"' in client.get(asked.headers["Location"]).text


def test_an_expired_sign_in_answers_htmx_with_a_redirect_that_it_follows(client, db_session):
    answer = client.get("/outings", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/login")


def test_an_old_hash_is_renewed_at_sign_in(client, user, dear_passwords):
    weak = user.password_hash
    sign_in(client)
    assert user.password_hash != weak
    assert not passwords.needs_rehash(user.password_hash)
    assert inside(client)


def test_a_page_of_somebody_who_is_in_is_kept_by_nobody(client, user):
    sign_in(client)
    assert client.get("/account").headers["Cache-Control"] == "no-store"


def test_the_forms_ask_for_their_token(client, user, app, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert sign_in(client).status_code == 400
    assert client.post("/logout").status_code == 400
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)[1]
    assert sign_in(client, csrf_token=token).status_code == 303


@pytest.mark.parametrize("field", ["login", "password", "next"])
def test_a_character_that_the_database_cannot_keep_is_no_accident(client, user, field):
    assert sign_in(client, **{field: "a\0b"}).status_code == 400
    assert client.get("/login?next=%00").status_code == 400


def test_keys_can_change_while_people_are_signed_in(client, user, app, monkeypatch):
    late = app.test_client()
    sign_in(client), sign_in(late)
    old = app.config["SECRET_KEY"]
    monkeypatch.setitem(app.config, "SECRET_KEY", "a new key " * 5)
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [old])
    assert inside(client)
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [])
    assert inside(client)  # signed anew with the new key when it came by
    assert not inside(late)


def test_a_known_browser_stays_known_when_keys_change(client, user, app, monkeypatch):
    sign_in(client)
    client.post("/logout")
    for _ in range(10):
        sign_in(app.test_client(), "marit", "guess")
    old = app.config["SECRET_KEY"]
    monkeypatch.setitem(app.config, "SECRET_KEY", "a new key " * 5)
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [old])
    assert sign_in(client).status_code == 303


def test_the_account_page_says_who_one_is(client, user):
    make_role(user, make_unit("Troop 77"))
    sign_in(client)
    page = client.get("/account").text
    assert "Leader of Troop 77." in page
    assert "marit@example.org or marit" in page
    assert "Change your password" in page


def test_a_session_of_an_account_that_is_gone(client, user):
    sign_in(client)
    db.session.delete(db.session.scalars(select(User)).one())
    assert not inside(client)


def test_unknown_and_known_accounts_cost_the_same_work(app, client, user, count_statements):
    # Times are compared by python -m bench.alike; here it is what they are made of.
    user.password_hash = passwords.hash_password(PASSWORD)
    asked = []
    for login in ("marit", "nobody"):
        with count_statements() as statements:
            assert sign_in(client, login, "a wrong guess").status_code == 422
        asked.append(statements)
    assert asked[0] == asked[1]
    assert asked[0]
