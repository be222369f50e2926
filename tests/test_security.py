"""What people send who mean no good. Who may do what stands in test_routes.py; signing in, in tests/identity."""

import io
import json
import re
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, ClassVar

import pytest
from flask import Flask
from flask_wtf import FlaskForm
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import ImmutableMultiDict
from wtforms.fields.choices import SelectFieldBase
from wtforms.fields.core import UnboundField
from wtforms.validators import Optional

from app.extensions import db, new_id
from app.families.models import Guardian, Person
from app.identity.models import User
from app.members.models import Membership
from app.outings.models import Outing
from app.signups.models import Participant, Signup
from app.units.models import Patrol, Role, Unit
from tests.one_transaction import Undone
from tests.routes.planting import encoded, planted, quoted
from tests.routes.world import FORMS, WHO, InhabitedSite, World, browser_of
from tests.test_routes import ROWS, Row, body_of

HTMX = {"HX-Request": "true"}
FORM = "application/x-www-form-urlencoded"
POSTS = [row for row in ROWS if row.method == "POST"]
# Of several addresses that differ in the thing only, the first.
KINDS = list({re.sub(r"{\w+}", "", row.address): row for row in reversed(POSTS)}.values())[::-1]
OVERSIZE = b"x" * (1024 * 1024 + 1)


@pytest.fixture(scope="session")
def app(inhabited_site: InhabitedSite) -> Flask:
    return inhabited_site.app


@pytest.fixture
def world(inhabited_site: InhabitedSite, db_session: Any) -> World:
    return inhabited_site.world()


@cache
def endpoint_of(app: Flask, path: str) -> str:
    return app.url_map.bind("localhost").match(path, method="POST")[0]


def who_may(row: Row) -> str:
    """The least of those for whom the honest form succeeds, or a parent where it never does."""
    return next((who for who in WHO if row.expected[who] in ("200", "303")), "parent")


EVERY = "*"  # somebody went through all names


class Heard(ImmutableMultiDict[str, str]):
    """A form or a query that says which of its fields a page has asked for, or that it went through all of them."""

    names: ClassVar[set[str]] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.names |= {name} if isinstance(name, str) else set()
        return super().__contains__(name)

    def get(self, name: str, *more: Any, **converting: Any) -> Any:
        self.names.add(name)
        return super().get(name, *more, **converting)

    def getlist(self, name: str, *more: Any, **converting: Any) -> list[Any]:
        self.names.add(name)
        return super().getlist(name, *more, **converting)

    def __iter__(self) -> Iterator[str]:
        self.went_through()
        return super().__iter__()

    def keys(self) -> Any:
        self.went_through()
        return super().keys()

    def values(self) -> Any:
        self.went_through()
        return super().values()

    def items(self, *more: Any, **flags: Any) -> Any:
        self.went_through()
        return super().items(*more, **flags)

    def lists(self) -> Any:
        self.went_through()
        return super().lists()

    def went_through(self) -> None:
        """If there is anything to go through."""
        self.names |= {EVERY} if len(self) else set()


@pytest.fixture
def heard(app: Flask, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the fields that pages have asked for; clear it before a request."""
    monkeypatch.setattr(app.request_class, "parameter_storage_class", Heard)
    monkeypatch.setattr(Heard, "names", names := set())
    return names


@pytest.fixture
def post(app: Flask, world: World, undone: Undone) -> Callable[..., Any]:
    """``post(row, change)`` sends the honest form after ``change(form)``; whatever it did is undone at once."""

    def post(row: Row, change: Callable[[dict[str, Any]], None], look: Callable[[], Any] = dict, **more: Any) -> Any:
        path, who = row.address.format_map(world.ids), who_may(row)
        with undone():
            form = dict(FORMS[endpoint_of(app, path)](world, who))
            change(form)
            client = browser_of(world, who, app)
            return client.post(path, data=encoded(form), content_type=FORM, **more), look()

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
HASH_OR_KEY = re.compile(r"\$argon2id\$[^\"]+|\"[\w-]{32}\"")
TABLES = (User, Role, Unit, Patrol, Person, Guardian, Membership, Outing, Signup, Participant)
ROWS_OF_ALL = db.text(
    " UNION ALL ".join(
        f"SELECT '{model.__tablename__}', CAST(to_jsonb(one) - CAST(:stamps AS text[]) AS text) FROM {model.__tablename__} one"
        for model in TABLES
    )
)


def everything(known: set[str]) -> list[tuple[str, str]]:
    """All rows as they stand, without what is drawn anew: moments, keys, and ids that are not ``known``."""
    found = db.session.execute(ROWS_OF_ALL, {"stamps": sorted(STAMPS)}).all()
    drawn = [(table, HASH_OR_KEY.sub("drawn", row)) for table, row in found]
    return sorted((table, UUID.sub(lambda id: id[0] if id[0] in known else "new", row)) for table, row in drawn)


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

# Markup, an attribute that ends, and a template, in one: a name may have 80 letters.
ATTACK = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>'{{ 7*191 }}${7*191}"
RAW = re.compile(r"<script>alert|<img src=x|\b1337\b")
SHOWN_AT_LEAST = {"nobody": 15, "parent": 40, "leader": 50, "site_admin": 80}
SHOWN = ("&lt;script&gt;alert(1)&lt;/script&gt;", "{{ 7*191 }}")


@pytest.mark.parametrize("who", ["nobody", "parent", "leader", "site_admin"])
def test_what_people_write_is_text_on_every_page(who, world, app):
    planted(ATTACK)
    unescaped, seen = [], 0
    for row in ROWS:
        for headers in (None, HTMX) if row.method == "GET" else ():
            answer = browser_of(world, who, app).get(row.address.format_map(world.ids), headers=headers)
            assert answer.status_code < 500, row
            if answer.mimetype == "text/html":
                unescaped += [f"{row} {headers}"] if RAW.search(answer.text) else []
                seen += all(part in answer.text for part in SHOWN)
    assert unescaped == []
    assert seen > SHOWN_AT_LEAST[who], "the attack was hardly shown anywhere, so this proves little"


@pytest.mark.parametrize("row", POSTS, ids=str)
def test_what_people_send_is_text_in_every_answer(row, post):
    def attack(form: dict[str, Any]) -> None:
        for name, value in form.items():
            if value and name not in ("id", "key", "submission", "person_id", "unit_id", "entry", "people"):
                form[name] = ATTACK

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
    form = FORMS["roster.save"](world, "leader")
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
def test_no_address_sends_anybody_elsewhere(row, world, app, undone, heard):
    path = row.address.format_map(world.ids)
    for target in ELSEWHERE:
        asked = dict.fromkeys(("next", "url", "return_to", "done", "q", "when", "page", "show"), target)
        with undone():
            form = FORMS[endpoint_of(app, path)](world, "parent") | {"next": target} if row.method == "POST" else None
            heard.clear()
            client = browser_of(world, "parent", app)
            answer = client.open(path.partition("?")[0], method=row.method, query_string=asked, data=form)
        assert answer.status_code < 500
        assert "evil" not in answer.headers.get("Location", "").partition("?")[0]
        assert not answer.headers.get("Location", "").startswith("//")
        if not heard.intersection((*asked, EVERY)):
            break  # nobody listens, so another word would make no difference


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


# What somebody could add to any form: fields of larger ones, and beginnings that a page looks for in every name.
FURTHER = (
    "version", "summary", "youth_seats", "youth_cost", "opens_at", "closes_at_time", "open_to", "birth_date", "phone", "together", "seen",
    "there-x", "guest_troop", "patrol_id", "overbook_reason", "children", "had",
)  # fmt: skip


@pytest.fixture(scope="session")
def known_fields() -> dict[str, list[str]]:
    """What ``fields_of`` has found, by the row in words."""
    return {}


@pytest.fixture
def fields_of(
    post: Callable[..., Any], heard: set[str], known_fields: dict[str, list[str]]
) -> Callable[[Row], list[str]]:
    """``fields_of(row)``: what the page reads of a form. Of one that goes through all names, its own and ``FURTHER``."""

    def fields_of(row: Row) -> list[str]:
        if str(row) not in known_fields:
            own: set[str] = set()
            post(row, lambda form: (heard.clear(), own.update(form)))
            post(row, lambda form: form.update(dict.fromkeys(FURTHER, "1")))
            known_fields[str(row)] = sorted(heard - {EVERY} | ({*own, *FURTHER} if EVERY in heard else set()))
        return known_fields[str(row)]

    return fields_of


@pytest.mark.parametrize("row", KINDS, ids=str)
def test_rubbish_in_every_field_is_no_accident(row, post, fields_of, heard):
    """Every text in every field, each time in the company of others. What holds NUL reaches no page, so it goes alone."""
    names = fields_of(row)
    texts = [text for text in (*NUMBERS, *TEXTS) if "\0" not in text]
    for turn in range(len(texts)):
        # On its way through the rubbish a page may ask for more than for an honest form.
        names = sorted({*names, *heard} - {EVERY})
        rubbish = {name: texts[(turn + 5 * at) % len(texts)] for at, name in enumerate(names or FURTHER)}
        answer, _ = post(row, lambda form, rubbish=rubbish: form.update(rubbish))
        assert answer.status_code < 500, rubbish
        if not names and not heard:
            break  # nobody listens, so another word would make no difference
    for text in ("\0", "a\0b"):
        answer, _ = post(row, lambda form, text=text: form.update(title=text))
        assert answer.status_code == 400, text


def fields_in(form: type[FlaskForm]) -> Iterator[tuple[str, UnboundField]]:
    """Of a form and of those that are made after it."""
    yield from (
        (f"{form.__name__}.{name}", field) for name, field in vars(form).items() if isinstance(field, UnboundField)
    )
    for narrower in form.__subclasses__():
        yield from fields_in(narrower)


def test_blanks_are_none_of_the_choices(app):
    """Where a choice may be left out, WTForms would let blanks pass for one of the choices."""
    choices = [(name, field) for name, field in fields_in(FlaskForm) if issubclass(field.field_class, SelectFieldBase)]
    validators = [
        (name, validator)
        for name, field in choices
        for validator in (*field.kwargs.get("validators", ()), *(field.args[1] if field.args[1:] else ()))
    ]
    assert len(choices) > 15
    assert [name for name, check in validators if isinstance(check, Optional) and not check.string_check(" ")] == []


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_rubbish_in_any_field_is_no_accident(post, fields_of, data):
    row = data.draw(st.sampled_from(KINDS))
    names = fields_of(row) or FURTHER
    rubbish = st.one_of(
        st.sampled_from(NUMBERS + TEXTS), st.integers().map(str), st.text(max_size=300), st.uuids().map(str)
    )
    sent = data.draw(st.dictionaries(st.sampled_from(names), rubbish, min_size=1, max_size=4))
    answer, _ = post(row, lambda form: form.update(sent))
    assert answer.status_code < 500


@pytest.mark.parametrize("row", [row for row in ROWS if row.method == "GET" and "static" not in row.address], ids=str)
def test_rubbish_in_an_address_is_no_accident(row, world, app, heard):
    client = browser_of(world, "site_admin", app)
    path = row.address.format_map(world.ids).partition("?")[0]
    names = ("q", "page", "show", "when", "who", "done", "next")
    for text in ("-1", "9" * 30, "٣", "1.5", "\ud800", "\0", "x" * 5000, "' OR 1=1 --"):
        heard.clear()
        answer = client.get(f"{path}?{'&'.join(f'{name}={quoted(text)}' for name in names)}")
        # Nothing but a refusal of what it says, unless a site admin may not open that page anyway.
        assert str(answer.status_code) in {"200", "303", "400", "404", "410", row.expected["site_admin"]}, text[:60]
        if not heard.intersection((*names, EVERY)):
            break  # nobody listens, so another word would make no difference


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
        body = b"title=" + OVERSIZE + b"x" * limit
        answer = client.post(path, data=body, content_type=FORM)
        assert answer.status_code == 413, row
        assert "That is too large" in answer.text
        answer = client.post(path, data=body, content_type=FORM, headers=HTMX)
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
    form = FORMS["identity.login"](world, "nobody") | {"remember": "1"}
    cookies = client.post("/login", data=form).headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {"session", "known"}
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Domain" not in cookie
