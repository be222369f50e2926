"""What people send who mean no good. Who may do what stands in test_routes.py; signing in, in tests/identity."""

import io
import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.extensions import db, new_id
from app.families.models import Guardian, Person
from app.identity.models import User
from app.members.models import Membership
from app.outings.models import Outing
from app.signups.models import Participant, Signup
from app.units.models import Patrol, Role, Unit
from tests.routes.planting import encoded, planted, quoted
from tests.routes.world import FORMS, WHO, InhabitedSite, World, browser_of
from tests.test_routes import ROWS, Row, body_of

HTMX = {"HX-Request": "true"}
FORM = "application/x-www-form-urlencoded"
POSTS = [row for row in ROWS if row.method == "POST"]
OVERSIZE = "x" * (1024 * 1024 + 1)


@pytest.fixture(scope="session")
def app(inhabited_site: InhabitedSite) -> Flask:
    return inhabited_site.app


@pytest.fixture
def world(inhabited_site: InhabitedSite, db_session: Any) -> World:
    return inhabited_site.world()


def endpoint_of(app: Flask, path: str) -> str:
    return app.url_map.bind("localhost").match(path, method="POST")[0]


def who_may(row: Row) -> str:
    """The least of those for whom the honest form succeeds, or a parent where it never does."""
    return next((who for who in WHO if row.expected[who] in ("200", "303")), "parent")


@pytest.fixture
def post(app: Flask, world: World) -> Callable[..., Any]:
    """``post(row, change)`` sends the honest form after ``change(form)``; whatever it did is undone at once."""

    def post(row: Row, change: Callable[[dict[str, Any]], None], look: Callable[[], Any] = dict, **more: Any) -> Any:
        path, who = row.address.format_map(world.ids), who_may(row)
        db.session.commit()
        undone = db.session.get_bind().begin_nested()
        try:
            form = dict(FORMS[endpoint_of(app, path)](world, world.users.get(who)))
            change(form)
            client = browser_of(world, who, app)
            return client.post(path, data=encoded(form), content_type=FORM, **more), look()
        finally:
            db.session.rollback()
            db.session.expire_all()
            undone.rollback()

    return post


# --- fields that no form has

EXTRA = {
    "is_site_admin": "1", "must_change_password": "0", "password_hash": "x", "session_key": "planted", "user_id": "{other_parent}",
    "created_by_id": "{other_parent}", "granted_by_id": "{other_parent}", "outing_id": "{other_outing}", "host_id": "{other_unit}",
    "role": "admin", "registered": "1", "may_see_health": "1", "may_sign_up": "1", "queue_no": "0", "confirmed_at": "2020-01-01",
    "rank": "Eagle", "form_ab_until": "2030-01-01", "swim_class": "swimmer", "pick_up_note": "planted", "by_leader": "1",
}  # fmt: skip


STAMPS = {
    "id",
    "created_at",
    "granted_at",
    "since",
    "confirmed_at",
    "cancelled_at",
    "last_sign_in_at",
    "suspended_at",
    "leaves_at",
    "retired_at",
    "photo_consent_at",
}
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HASH_OR_KEY = re.compile(r"\$argon2id\$[^']+|'[\w-]{32}'")


def everything(known: set[str]) -> dict[str, list[str]]:
    """All rows as they stand, without what is drawn anew: moments, keys, and ids that are not ``known``."""
    found = {}
    for model in (User, Role, Unit, Patrol, Person, Guardian, Membership, Outing, Signup, Participant):
        columns = [column for column in model.__table__.columns if column.key not in STAMPS]
        rows = [HASH_OR_KEY.sub("drawn", str(tuple(row))) for row in db.session.execute(select(*columns))]
        rows = [UUID.sub(lambda id: id[0] if id[0] in known else "new", row) for row in rows]
        found[model.__tablename__] = sorted(rows)
    return found


@pytest.mark.parametrize("row", POSTS, ids=str)
def test_fields_that_the_form_does_not_have_are_not_heard(row, post, world):
    fixed = str(new_id())

    def same_ids(form: dict[str, Any]) -> None:
        # Two honest forms would differ in what is drawn at random.
        form.update({name: fixed for name in ("id", "key", "submission") if name in form})

    def with_extras(form: dict[str, Any]) -> None:
        same_ids(form)
        form.update({name: value.format_map(world.ids) for name, value in EXTRA.items() if name not in form})

    known = set(world.ids.values())
    honest, before = post(row, same_ids, lambda: everything(known))
    answer, after = post(row, with_extras, lambda: everything(known))
    assert answer.status_code == honest.status_code
    assert after == before


# --- text that would like to be markup, a header, or another site

ATTACKS = {
    "script": "<script>alert(1)</script>",
    "attribute": "\"><img src=x onerror=alert(1)>'",
    "template": "{{ 7*191 }}${7*191}",
}
RAW = re.compile(r"<script>alert|<img src=x|\b1337\b")


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_what_people_write_is_text_on_every_page(attack, world, app):
    planted(attack)
    seen = 0
    for row in ROWS:
        if row.method != "GET":
            continue
        for who in ("nobody", "parent", "leader", "site_admin"):
            client = browser_of(world, who, app)
            for headers in (None, HTMX):
                answer = client.get(row.address.format_map(world.ids), headers=headers)
                assert answer.status_code < 500, row
                if answer.mimetype == "text/html":
                    assert not RAW.search(answer.text), f"{row} for {who}"
                    seen += "alert(1)" in answer.text or "191" in answer.text
    assert seen > 40, "the attack was hardly shown anywhere, so this proves little"


@pytest.mark.parametrize("row", POSTS, ids=str)
def test_what_people_send_is_text_in_every_answer(row, post):
    def attack(form: dict[str, Any]) -> None:
        for name, value in form.items():
            if value and name not in ("id", "key", "submission", "person_id", "unit_id", "entry", "people"):
                form[name] = ATTACKS["attribute"]

    for headers in (None, HTMX):
        answer, _ = post(row, attack, headers=headers)
        assert answer.status_code < 500
        assert not RAW.search(body_of(answer))  # with what lies in the ZIP of one's own data


LINES = "Winter camp\r\nSet-Cookie: planted=1\r\nHX-Redirect: //evil.example"


def test_a_toast_cannot_end_its_header(world, app):
    person = db.session.get(Person, uuid.UUID(world["neighbour"]))
    person.first_name = person.preferred_name = LINES[:80]
    db.session.commit()
    client = browser_of(world, "leader", app)
    form = FORMS["roster.save"](world, None)
    answer = client.post(f"/outings/{world['outing']}/roster/{world['row']}", data=form, headers=HTMX)
    assert answer.status_code == 200
    assert "planted" not in " ".join(answer.headers.getlist("Set-Cookie"))
    assert "HX-Redirect" not in answer.headers
    assert LINES[:20] in json.loads(answer.headers["HX-Trigger"])["toast"]["message"]


def test_a_title_of_several_lines_is_no_header(post):
    row = next(row for row in POSTS if row.address == "/outings/{outing}/edit")
    answer, _ = post(row, lambda form: form.update(title=LINES))
    assert answer.status_code < 500
    assert "planted" not in str(answer.headers.getlist("Set-Cookie"))
    assert answer.headers.get("HX-Redirect") is None


def test_the_name_of_the_exported_file_is_one(world, app):
    for title in (LINES, '"; filename="evil.exe', "../../etc/passwd", "Ünïcode ☃", "x" * 120):
        db.session.get(Outing, uuid.UUID(world["outing"])).title = title
        db.session.commit()
        answer = browser_of(world, "leader", app).get(f"/outings/{world['outing']}/roster.csv")
        assert answer.status_code == 200
        disposition = answer.headers["Content-Disposition"]
        assert disposition.startswith("attachment; filename")
        assert not re.search(r"[\r\n/\\]|\.exe", disposition)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


ELSEWHERE = (
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "javascript:alert(1)",
)


@pytest.mark.parametrize("row", [row for row in ROWS if row.expected["parent"] in ("200", "303")], ids=str)
def test_no_address_sends_anybody_elsewhere(row, world, app, sign_in):
    for target in ELSEWHERE:
        client = app.test_client()
        sign_in(client, world.users["parent"])  # anew: the form before may have ended the session
        path = row.address.format_map(world.ids)
        asked = dict.fromkeys(("next", "url", "return_to", "done", "q", "when", "page", "show"), target)
        form = (
            FORMS[endpoint_of(app, path)](world, world.users["parent"]) | {"next": target}
            if row.method == "POST"
            else None
        )
        answer = client.open(path.partition("?")[0], method=row.method, query_string=asked, data=form)
        assert answer.status_code < 500
        assert "evil" not in answer.headers.get("Location", "").partition("?")[0]
        assert not answer.headers.get("Location", "").startswith("//")


# --- rubbish

NUMBERS = (
    "-1",
    "0",
    "99999999999999999999",
    "1e9",
    "NaN",
    "Infinity",
    "٣",
    "½",
    "0x10",
    "1_000",
    "+1",
    " 1 ",
    "1.5",
    "",
)
TEXTS = (
    "x" * 5_000, "\0", "a\0b", "\ud800", "\ufeff", "\u202e", "\r\n", " ", "{}", "[]", "null", "0000-00-00", "2026-02-30", "99:99",
    "31/31/2026", "not-a-uuid", "00000000-0000-0000-0000-000000000000", "{" * 36, "' OR 1=1 --", "%s%d%n", "../..", "🏕" * 200,
)  # fmt: skip


def names_of_fields(app: Flask, world: World, row: Row) -> list[str]:
    """The form's own, and those of the larger forms."""
    endpoint = endpoint_of(app, row.address.format_map(world.ids))
    # To fill the form of an undo, somebody edits a row first.
    form = {"entry"} if endpoint == "roster.undo" else FORMS[endpoint](world, world.users["leader"]).keys()
    further = (
        "version",
        "summary",
        "youth_seats",
        "youth_cost",
        "opens_at",
        "closes_at_time",
        "open_to",
        "birth_date",
        "phone",
    )
    return sorted(
        {
            *form,
            *further,
            "together",
            "seen",
            "there-x",
            "guest_troop",
            "patrol_id",
            "overbook_reason",
            "children",
            "had",
        }
    )


@pytest.mark.parametrize("row", POSTS, ids=str)
def test_rubbish_in_every_field_at_once_is_no_accident(row, post, app, world):
    names = names_of_fields(app, world, row)
    for text in (*NUMBERS, *TEXTS):
        answer, _ = post(row, lambda form, text=text: form.update(dict.fromkeys(names, text)))
        assert answer.status_code < 500, text[:60]


@pytest.mark.parametrize("row", POSTS, ids=str)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_rubbish_in_any_field_is_no_accident(row, post, app, world, data):
    names = names_of_fields(app, world, row)
    rubbish = st.one_of(
        st.sampled_from(NUMBERS + TEXTS), st.integers().map(str), st.text(max_size=300), st.uuids().map(str)
    )
    sent = data.draw(st.dictionaries(st.sampled_from(names), rubbish, min_size=1, max_size=4))
    answer, _ = post(row, lambda form: form.update(sent))
    assert answer.status_code < 500


@pytest.mark.parametrize("row", [row for row in ROWS if row.method == "GET" and "static" not in row.address], ids=str)
def test_rubbish_in_an_address_is_no_accident(row, world, app):
    client = browser_of(world, "site_admin", app)
    path = row.address.format_map(world.ids).partition("?")[0]
    for text in ("-1", "9" * 30, "٣", "1.5", "\ud800", "\0", "x" * 5000, "' OR 1=1 --"):
        query = "&".join(f"{name}={quoted(text)}" for name in ("q", "page", "show", "when", "who", "done", "next"))
        answer = client.get(f"{path}?{query}")
        # Nothing but a refusal of what it says, unless a site admin may not open that page anyway.
        assert str(answer.status_code) in {"200", "303", "400", "404", "410", row.expected["site_admin"]}, text[:60]


def test_what_is_no_form_and_a_file_where_none_is_asked_for_are_refused(world, app):
    for row in POSTS:
        client, path = browser_of(world, who_may(row), app), row.address.format_map(world.ids)
        for body in ('["a"]', '{"title": "a\\u0000b"}', "null", "{"):
            assert client.post(path, data=body, content_type="application/json").status_code == 415, row
        for name in ("title", "first_name", "csrf_token"):
            assert client.post(path, data={name: (io.BytesIO(b"x"), "x.csv")}).status_code == 400, row


def test_a_part_without_a_name_is_refused_before_anybody_looks_for_a_token(world, app, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    for disposition in ("form-data", 'form-data; filename="x"', 'form-data; name="'):
        body = f"--x\r\nContent-Disposition: {disposition}\r\n\r\nx\r\n--x--\r\n"
        answer = app.test_client().post("/login", data=body, content_type="multipart/form-data; boundary=x")
        assert answer.status_code == 400, disposition


def test_a_body_that_is_too_large_is_a_page(world, app):
    for row in POSTS:
        client, path = browser_of(world, who_may(row), app), row.address.format_map(world.ids)
        # Where files are taken, the limit is another one.
        limit = getattr(app.view_functions[endpoint_of(app, path)], "largest_body", 0)
        body = {"title": OVERSIZE + "x" * limit}
        answer = client.post(path, data=body)
        assert answer.status_code == 413, row
        assert "That is too large" in answer.text
        answer = client.post(path, data=body, headers=HTMX)
        assert (answer.status_code, answer.headers["HX-Reswap"]) == (413, "none")


def test_a_cookie_that_nobody_here_sets_and_a_host_that_is_none_are_no_accident(world, app):
    client = app.test_client(use_cookies=False)
    for value in ("|\xf1\x90", "x|Zo\xeb", "|"):
        answer = client.get("/family", headers={"Cookie": f"remember_token={value}"})
        assert answer.status_code == 303, value
    for host in ("R" * 64, "a." * 200, "9" * 300):
        answer = app.test_client().get("/login", headers={"Host": host})
        assert answer.status_code in (200, 400), host
        assert host not in answer.text


def test_cookies_are_for_the_server_alone(world, app):
    client = app.test_client()
    form = FORMS["identity.login"](world, None) | {"remember": "1"}
    cookies = client.post("/login", data=form).headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {"session", "known"}
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Domain" not in cookie
