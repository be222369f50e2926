"""Who may open what: the one table in ``tests/routes/table.py``. A new route without a row fails, and so does a row without a route."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from app.audit.models import AuditEntry
from app.extensions import db
from tests.one_transaction import Undone
from tests.routes.forms import FORMS
from tests.routes.secrets import OF_HEALTH, SECRETS, check_secrets, check_token, check_traces, has, text_of
from tests.routes.table import ROWS, endpoint_of, names_in
from tests.routes.world import WHO, InhabitedSite, World, browser_of

HTMX = {"HX-Request": "true"}


@pytest.fixture(scope="session")
def app(inhabited_site: InhabitedSite) -> Flask:
    return inhabited_site.app


@pytest.fixture
def world(app: Flask, inhabited_site: InhabitedSite, db_session: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setitem(app.config, "SITE_URL", "http://localhost")  # a name, for which there can be passkeys
    # A provider that does not answer.
    monkeypatch.setitem(app.config, "OIDC_ISSUER", "http://127.0.0.1:1")
    monkeypatch.setitem(app.config, "OIDC_NAME", "Scouting ID")
    return inhabited_site.world()


@pytest.fixture
def sent(app: Flask) -> Iterator[list[str]]:
    """Every statement that the last request sent, with its values."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        sent.append(f"{statement} {values}")

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def ask(app: Flask, world: World, sent: list[str], undone: Undone) -> Callable[..., TestResponse]:
    """``ask(who, method, address)``: the answer; whatever it changed is undone at once."""

    def ask(who: str, method: str, address: str, *, names: dict[str, str] | None = None, **more: Any) -> TestResponse:
        path = address.format_map(names or world.ids)
        with undone():
            client = browser_of(world, who, app)
            if method == "POST":
                more.setdefault("data", FORMS[endpoint_of(app, method, path)](world, who))
            sent.clear()
            response = client.open(path, method=method, **more)
            response.get_data()
            return response

    return ask


def test_every_route_has_a_row_and_every_row_a_route(app, world):
    listed = set()
    for row in ROWS:
        try:
            listed.add((endpoint_of(app, row.method, row.address.format_map(world.ids)), row.method))
        except HTTPException:
            pytest.fail(f"no route answers to {row}")
    routes = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == listed


def test_every_post_has_an_honest_form(app, world):
    posts = {endpoint_of(app, "POST", row.address.format_map(world.ids)) for row in ROWS if row.method == "POST"}
    assert posts == FORMS.keys()


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_table(row, ask, sent, caplog, world):
    answers = {}
    for who in WHO:
        answers[who] = ask(who, row.method, row.address)
        check_traces(answers[who], sent, row, who)
    assert {who: in_words(answers[who], row.expected[who]) for who in WHO} == row.expected
    for who, answer in answers.items():
        check_headers(answer, signed_in=who != "nobody" and not row.address.startswith("/static"))
        check_secrets(answer, row, who)
        check_token(answer, world.keys.get(who))
    for who in WHO:
        answer = ask(who, row.method, row.address, headers=HTMX)
        check_traces(answer, sent, row, who)
        check_fragment(answer, row.expected[who], who)
        check_headers(answer, signed_in=who != "nobody" and not row.address.startswith("/static"))
        check_secrets(answer, row, who)
    assert not OF_HEALTH.search(caplog.text)


def in_words(answer: TestResponse, expected: str) -> str:
    """The status, or where the browser is sent, if that is what the table asks for."""
    if answer.status_code in (302, 303) and expected in ("login", "password"):
        return place_of(answer)
    return str(answer.status_code)


def place_of(answer: TestResponse) -> str:
    target = answer.headers.get("Location") or answer.headers.get("HX-Redirect") or ""
    return {"/login": "login", "/account/password": "password"}.get(target.partition("?")[0], target)


def check_fragment(answer: TestResponse, expected: str, who: str) -> None:
    """What htmx gets where a browser gets ``expected``."""
    assert "Location" not in answer.headers, "htmx would follow it and put a whole page into a part"
    if answer.mimetype == "text/html" and answer.status_code != 204:
        assert "HX-Request" in answer.headers.get("Vary", ""), who
    if expected in ("login", "password"):
        assert (answer.status_code, place_of(answer)) == (204, expected), who
    elif expected == "303":
        assert answer.status_code == 200 or (answer.status_code == 204 and "HX-Redirect" in answer.headers), who
    else:
        assert answer.status_code == int(expected), who
    if answer.status_code >= 400:
        # A form comes back with its errors; any other refusal leaves the page as it is.
        assert answer.headers.get("HX-Reswap") == "none" or b"There is a problem" in answer.data, who


def check_headers(answer: TestResponse, *, signed_in: bool) -> None:
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if signed_in:
        assert answer.headers["Cache-Control"] == "no-store"


# Where they stand together, so that few pages have to be asked for.
TELLING = (
    "POST /account/data", "GET /outings/{outing}/roster/{row}", "GET /outings/{outing}/roster/{row}/health", "GET /", "GET /admin/people",
    "GET /units/{unit}/members", "GET /outings/{outing}/meals", "GET /units/{unit}/invitations",
    "POST /units/{unit}/members/{lone_adult}/account", "GET /units/{unit}/log", "GET /units/{unit}/members/roles",
)  # fmt: skip


@pytest.mark.parametrize("who", WHO)
def test_whoever_may_read_a_secret_finds_it(who, ask):
    # Otherwise a marker that no page prints would prove nothing about those who must not read it.
    unseen = {secret for secret, readers in SECRETS.items() if who in readers}
    for row in sorted(ROWS, key=lambda row: str(row) not in TELLING):
        if unseen and row.expected[who] == "200":
            text = text_of(ask(who, row.method, row.address))
            unseen -= {secret for secret in unseen if has(text, secret, row)}
    assert unseen == set()


FOREIGN = {
    "outing": ("other_outing",), "draft": ("other_outing",), "unit": ("other_unit",),
    "row": ("sibling_row", "other_row"), "waiting_too": ("sibling_row", "other_row"),
    "child": ("other_child",), "lone_adult": ("other_person",), "parent_person": ("other_person",),
    "parent": ("other_parent",), "limited": ("other_parent",), "neighbour": ("other_child",),
    "plan": ("other_import",), "unnamed": ("other_import",), "imported": ("other_import",),
    "sheet": ("other_sheet",), "contact": ("other_contact",), "collector": ("other_collector",), "claim": ("other_claim",),
    "own_person": ("other_person",), "request": ("other_request",),
    "position": ("other_position",), "transfer": ("other_transfer",), "patrol": ("other_patrol",), "twin": ("other_unit",), "twin_too": ("other_unit",), "merge": ("other_merge",),
}  # fmt: skip


@pytest.mark.parametrize("row", [row for row in ROWS if FOREIGN.keys() & names_in(row)], ids=str)
def test_a_thing_of_another_unit_or_outing_is_not_there(row, ask, world):
    # A site admin may do everything in both units, so that only an address that agrees with itself can work.
    askers = ("parent", "leader", "admin", "site_admin") if len(names_in(row)) > 1 else ("parent", "leader", "admin")
    for name in names_in(row):
        for foreign in FOREIGN.get(name, ()):
            for who in askers:
                answer = ask(who, row.method, row.address, names=world.ids | {name: world[foreign]})
                # Where one may not even do it here, that refusal may come first.
                assert answer.status_code == 404 or answer.status_code == int(row.expected[who]) >= 400, (who, foreign)


@pytest.mark.parametrize(
    "address",
    [
        "/outings/{outing}",
        "/outings/{outing}/roster/{row}",
        "/family/people/{child}",
        "/units/{unit}/members/{child}",
    ],
)
def test_one_answer_for_foreign_and_never_made(address, ask, world):
    names = dict.fromkeys(world.ids, "00000000-0000-7000-8000-000000000000")
    foreign = {"outing": "other_outing", "row": "other_row", "child": "other_child", "unit": "other_unit"}
    other = world.ids | {name: world[thing] for name, thing in foreign.items()}
    pages = {
        re.sub(r'(name="csrf_token" value=|"X-CSRFToken": )"[^"]+"', "", answer.text)
        for answer in (ask("leader", "GET", address, names=known) for known in (names, other))
    }
    assert len(pages) == 1


# --- forgery


@pytest.mark.parametrize("row", [row for row in ROWS if row.method == "POST"], ids=str)
def test_a_form_without_its_token_changes_nothing(row, ask, app, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    before = db.session.scalar(select(func.count()).select_from(AuditEntry))
    for who in ("nobody", "parent", "site_admin"):
        assert ask(who, "POST", row.address).status_code == 400
    answer = ask("site_admin", "POST", row.address, headers=HTMX | {"X-CSRFToken": "made-up"})
    assert answer.status_code == 400
    assert answer.headers["HX-Reswap"] == "none"
    assert not answer.data
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == before


def test_another_browsers_token_is_no_token(app, world, sign_in, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    mine, theirs = (browser_of(world, who, app) for who in ("parent", "other_parent"))
    tokens = [
        re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)[1] for client in (mine, theirs)
    ]
    assert mine.post("/logout", data={"csrf_token": tokens[1]}).status_code == 400
    assert mine.post("/logout", headers={"X-CSRFToken": tokens[1]}).status_code == 400
    assert mine.post("/logout", headers={"X-CSRFToken": tokens[0]}).status_code == 303
