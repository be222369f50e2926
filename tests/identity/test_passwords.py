"""Choosing a password: by oneself, because one must, and by a one-time link."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.clock import frozen, now
from app.extensions import db
from app.identity import passwords
from app.identity.models import AttemptCounter, PasswordLink
from app.identity.rules import links
from tests.factories import PASSWORD, make_user
from tests.identity.helpers import inside

NEW = "seven snowy sleeping bags"


@pytest.fixture
def user(db_session):
    return make_user("marit@example.org", username="marit", name="Marit Lindqvist")


def change(client, current=PASSWORD, password=NEW, again=None):
    form = {"current": current, "password": password, "again": password if again is None else again}
    return client.post("/account/password", data=form)


def test_a_change_keeps_this_browser_and_signs_the_others_out(app, client, user, sign_in):
    other = app.test_client()
    sign_in(client, user), sign_in(other, user)
    assert inside(other)
    assert change(client).headers["Location"] == "/"
    assert "Your password is changed. Other devices are signed out." in client.get("/account").text
    assert inside(client)
    assert not inside(other)
    assert passwords.verify(user.password_hash, NEW)


def test_the_session_is_a_new_one(client, user, sign_in):
    sign_in(client, user)
    with client.session_transaction() as session:
        session["planted"] = "evil"
        before = session["_user_id"]
    change(client)
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session["_user_id"] != before


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"current": "wrong"}, "current", "This is not your current password."),
        ({"current": ""}, "current", "Enter your current password."),
        ({"password": "short"}, "password", "Use at least 12 characters"),
        ({"password": "x" * 129}, "password", "cannot be longer than 128"),
        ({"password": "abababababab"}, "password", "repeats itself too much"),
        ({"password": "Marit Lindqvist"}, "password", "the first thing that somebody would try"),
        ({"password": "MARIT@example.org"}, "password", "the first thing that somebody would try"),
        ({"password": "the-L.i.n.d.q.v.i.s.t-family"}, "password", "the first thing that somebody would try"),
        ({"password": "we love SCOUTING outing 9"}, "password", "the first thing that somebody would try"),
        ({"password": "qwertyuiop[]"}, "password", "everybody tries first"),
        ({"password": "1234567891011"}, "password", "everybody tries first"),
        ({"password": "PassWord12345!"}, "password", "everybody tries first"),
        ({"password": "  sunshine 2026"}, "password", "everybody tries first"),
        ({"password": "dragonDRAGON"}, "password", "everybody tries first"),
        ({"password": PASSWORD}, "password", "the same as the current one"),
        ({"password": "admin123"}, "password", "Use at least 12 characters"),
        ({"again": "something else entirely"}, "again", "The two are not the same."),
    ],
)
def test_what_will_not_do_changes_nothing(client, user, sign_in, values, field, sentence):
    sign_in(client, user)
    page = change(client, **values)
    assert page.status_code == 422
    assert f'<a href="#{field}">' in page.text
    assert sentence in page.text
    assert passwords.verify(user.password_hash, PASSWORD)
    assert NEW not in page.text


@pytest.mark.parametrize(
    "password", ["häuser im schnee ☃", "   twelve blanks   ", "correct horse battery staple ' OR 1=1"]
)
def test_any_characters_will_do_and_none_is_dropped(client, user, sign_in, password):
    sign_in(client, user)
    assert change(client, password=password).status_code == 303
    assert passwords.verify(user.password_hash, password)
    assert not passwords.verify(user.password_hash, password.strip() + "x")


def test_the_hash_is_argon2id_as_owasp_asks(dear_passwords):
    assert passwords.hash_password(NEW).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def addresses(app):
    """Every route that takes a GET, with made-up ids."""
    values = {"uuid": "01a209ea-5d8c-7799-8f35-3d350e7baa81"}
    for rule in app.url_map.iter_rules():
        path = rule.rule
        for name, converter in rule._converters.items():
            kind = "uuid" if type(converter).__name__ == "UUIDConverter" else ""
            path = path.replace(f"<uuid:{name}>", values["uuid"]).replace(f"<{name}>", values.get(kind, "x"))
        if not path.startswith("/static") and "<" not in path:
            yield rule, path


def test_a_first_password_must_be_changed_before_all_else(app, client, user, sign_in):
    user.must_change_password = True
    sign_in(client, user)
    free = {"identity.password", "identity.logout", "web.healthz", "web.readyz"}
    walked = 0
    for rule, path in addresses(app):
        if rule.endpoint in free:
            continue
        for method in rule.methods & {"GET", "POST"}:
            answer = client.open(path, method=method)
            assert (answer.status_code, answer.headers.get("Location")) == (303, "/account/password"), (method, path)
            walked += 1
    assert walked > 10
    assert "Choose your own password" in client.get("/account/password").text
    assert 'href="/account"' not in client.get("/account/password").text
    assert client.get("/outings", headers={"HX-Request": "true"}).headers["HX-Redirect"] == "/account/password"


def test_and_then_everything_opens(client, user, sign_in):
    user.must_change_password = True
    sign_in(client, user)
    assert change(client).headers["Location"] == "/"
    assert inside(client)


def test_sign_out_works_before_it(client, user, sign_in):
    user.must_change_password = True
    sign_in(client, user)
    assert client.post("/logout").headers["Location"] == "/login"
    assert client.get("/account").headers["Location"] == "/login?next=/account"


def test_a_new_password_that_is_the_published_one_does_not_end_the_duty(client, user, sign_in):
    user.must_change_password = True
    sign_in(client, user)
    assert change(client, password="admin123").status_code == 422
    assert user.must_change_password


# --- one-time links


def link_for(user):
    token = links.make_password_link(user, None)
    db.session.flush()
    return f"/welcome/{token}"


def choose(client, address, password=NEW):
    return client.post(address, data={"password": password, "again": password})


def test_a_link_sets_the_password_and_comes_in(client, user):
    address = link_for(user)
    page = client.get(address)
    assert "Welcome, Marit Lindqvist" in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert choose(client, address).headers["Location"] == "/"
    assert inside(client)
    assert passwords.verify(user.password_hash, NEW)


def test_a_link_works_once(app, client, user):
    address = link_for(user)
    choose(client, address)
    for again in (app.test_client(), client):
        assert again.get(address).status_code == 410
        assert choose(again, address, "another long password").status_code == 410
    assert passwords.verify(user.password_hash, NEW)


def test_looking_at_it_spends_nothing(app, client, user):
    address = link_for(user)
    for _ in range(3):
        assert app.test_client().get(address).status_code == 200
    assert choose(client, address).status_code == 303


def test_bad_input_spends_nothing_either(client, user):
    address = link_for(user)
    assert choose(client, address, "short").status_code == 422
    assert choose(client, address, "marit@example.org").status_code == 422
    assert choose(client, address).status_code == 303


def test_a_link_lives_48_hours(client, user):
    address, made = link_for(user), now()
    with frozen(made + timedelta(hours=47, minutes=59)):
        assert client.get(address).status_code == 200
    with frozen(made + timedelta(hours=48, minutes=1)):
        assert client.get(address).status_code == 410
        assert choose(client, address).status_code == 410


def test_a_newer_link_ends_the_older(client, user):
    older, newer = link_for(user), link_for(user)
    assert client.get(older).status_code == 410
    assert choose(client, newer).status_code == 303


def test_a_link_signs_every_other_browser_out(app, client, user, sign_in):
    other = app.test_client()
    sign_in(other, user)
    choose(client, link_for(user))
    assert not inside(other)


def test_a_change_of_password_ends_an_open_link(app, client, user, sign_in):
    address = link_for(user)
    sign_in(client, user)
    change(client)
    assert app.test_client().get(address).status_code == 410


@pytest.mark.parametrize("token", ["x", "a" * 500, "..%2f", "%00", "💡"])
def test_a_made_up_link_opens_nothing(client, user, token):
    page = client.get(f"/welcome/{token}")
    assert page.status_code in (400, 404, 410)
    assert user.name not in page.text


def test_one_answer_for_spent_and_never_made(app, client, user):
    address = link_for(user)
    choose(client, address)
    spent, made_up = app.test_client().get(address), app.test_client().get("/welcome/never-made")
    assert links.LINK_SPENT in spent.text
    assert links.LINK_SPENT in made_up.text


def test_the_token_is_kept_nowhere(client, user, caplog):
    address = link_for(user)
    token = address.rsplit("/", 1)[1]
    client.get(address)
    link = db.session.scalars(select(PasswordLink)).one()
    assert token not in " ".join(str(value) for value in vars(link).values())
    assert token not in caplog.text


# --- how many at once


class Held:
    """A hasher that stops until it is let go, and counts who is in it."""

    def __init__(self) -> None:
        self.go, self.lock, self.inside, self.most = threading.Event(), threading.Lock(), 0, 0

    def verify(self, _hash, _password):
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        assert self.go.wait(60)
        with self.lock:
            self.inside -= 1
        return True

    def check_needs_rehash(self, _hash):
        return False


def test_pages_answer_while_fifty_sign_in_and_no_more_than_half_the_threads_hash(committed_db, monkeypatch):
    app, held = committed_db.app, Held()
    with app.app_context():
        names = [make_user(f"family{number}@example.org").email for number in range(50)]
        db.session.commit()
    monkeypatch.setattr(passwords, "hasher", held)
    monkeypatch.setattr(passwords, "WAIT", 0.05)

    def enter(email):
        page = app.test_client().post("/login", data={"login": email, "password": PASSWORD})
        return page.status_code, page.headers.get("Retry-After"), passwords.BUSY in page.text

    with ThreadPoolExecutor(5) as threads:  # no more than there are connections to the database
        entering = [threads.submit(enter, email) for email in names]
        while sum(one.done() for one in entering) < 48:
            time.sleep(0.05)
        assert app.test_client().get("/login").status_code == 200
        assert app.test_client().get("/readyz").status_code == 200
        assert held.inside == held.most == 2
        held.go.set()
        answers = [one.result() for one in entering]
    assert sorted(answers) == [(303, None, False)] * 2 + [(429, "3", True)] * 48
    # Whoever was sent away has spent nothing of what an account may try.
    with app.app_context():
        assert set(db.session.scalars(select(AttemptCounter.attempts))) == {0}
