"""One table says who may do what: in code, on the page, and in what every address really answers."""

import re

import pytest
from flask import Flask

from app import create_app
from app.config import ROOT, Config
from app.extensions import db
from app.identity.permissions import TABLE, Can, Who, may
from app.identity.sessions import check_declarations
from app.web.public import needed
from tests.database import settings
from tests.routes.table import ROWS, Row
from tests.routes.world import WHO

# What those who ask in tests/test_routes.py are to the unit, the outing and the child of its world.
STANDING = {
    "nobody": {Who.GUEST},
    "parent": {Who.ACCOUNT, Who.GUARDIAN},
    "limited": {Who.ACCOUNT, Who.GUARDIAN},
    "other_parent": {Who.ACCOUNT},
    "other_leader": {Who.ACCOUNT},
    "ended": {Who.ACCOUNT},
    "leader": {Who.ACCOUNT, Who.LEADER},
    "lead": {Who.ACCOUNT, Who.LEADER, Who.OUTING_LEAD},
    "admin": {Who.ACCOUNT, Who.UNIT_ADMIN},
    "site_admin": {Who.ACCOUNT, Who.SITE_ADMIN},
}
# Things of the world that they are all this to; what belongs to others is tried in test_routes.py.
OWN = {
    "unit", "outing", "draft", "row", "waiting_too", "child", "lone_adult", "parent_person", "parent", "token", "lead", "invitation",
    "limited", "contact", "collector", "claim", "child_link", "unit_link", "sheet", "request", "proof", "position", "transfer", "patrol", "twin", "twin_too", "merge",
}  # fmt: skip
# What a limited guardian has lost, and a draft shows to nobody who only comes along.
UNLESS = {Can.SIGN_UP, Can.CONSENT, Can.KEEP_HEALTH, Can.INVITE_GUARDIAN}
ALLOWED = {"200", "303"}
# What these answer depends on what the browser did a moment before, not on who asks; they are tried in tests/identity.
STEPS = ("/logout", "/login/second", "/account/factors/passkey")


def permission_of(app: Flask, row: Row) -> Can | None:
    path = re.sub(
        r"{\w+}", "00000000-0000-7000-8000-000000000000", row.address.replace("{failed_mail}", "1")
    ).partition("?")[0]
    endpoint, _ = app.url_map.bind("localhost").match(path, method=row.method)
    found = needed(app.view_functions[endpoint], row.method)
    return Can(found) if found else None


def test_every_route_says_what_it_needs(app: Flask) -> None:
    silent = {
        f"{method} {rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST"}
        if rule.endpoint != "static"
        and needed(app.view_functions[rule.endpoint], method) not in set(Can)
        and not getattr(app.view_functions[rule.endpoint], "is_public", False)
    }
    assert silent == set(), "mark the view with @needs(Can...) (app/web/public.py)"


def test_a_view_that_does_not_say_whom_it_is_for_is_for_nobody(db_session, sign_in, monkeypatch) -> None:
    app = create_app(Config.from_env(settings(db.engine.url)))
    app.add_url_rule("/silent", "silent", lambda: "somebody's data")
    with pytest.raises(RuntimeError, match="silent"):
        check_declarations(app)
    monkeypatch.setitem(app.config, "APP_ENV", "production")
    assert app.test_client().get("/silent").status_code == 403


def test_hardly_anything_is_public(app: Flask) -> None:
    public = {endpoint for endpoint, view in app.view_functions.items() if getattr(view, "is_public", False)}
    assert public == {"web.healthz", "web.readyz", "mail.kept", "mail.kept_html"}


def test_every_permission_has_a_line_a_sentence_and_somebody() -> None:
    assert TABLE.keys() == set(Can)
    for what, permission in TABLE.items():
        assert permission.holders, what
        assert re.fullmatch(r"[A-Z].*\.", permission.sentence), what
    assert may({Who.LEADER, Who.OUTING_LEAD}, Can.OPEN_HEALTH)
    # Nobody opens health notes by rank: not a leader, not an admin, not whoever runs the site.
    assert not may({Who.SITE_ADMIN, Who.UNIT_ADMIN, Who.LEADER, Who.ACCOUNT}, Can.OPEN_HEALTH)
    assert [what for what in Can if may({Who.GUEST}, what)] == [Can.COME_IN]


def test_the_page_shows_the_same_table() -> None:
    text = (ROOT / "docs" / "security.md").read_text()
    lines = re.search(r"(?m)^\| What \|.*\n\|[-| ]+\n((?:\|.*\n)+)", text)
    assert lines
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1].splitlines()]
    assert rows == [[p.sentence, *("yes" if who in p.holders else "" for who in Who)] for p in TABLE.values()]


@pytest.mark.parametrize("row", [row for row in ROWS if set(re.findall(r"{(\w+)}", row.address)) <= OWN], ids=str)
def test_every_address_answers_by_the_table(row: Row, app: Flask) -> None:
    what = permission_of(app, row)
    if what is None or "made-up" in row.address or row.address.startswith(STEPS):
        return
    for who, standing in STANDING.items():
        if ("{draft}" in row.address and who in ("parent", "limited")) or (who == "limited" and what in UNLESS):
            continue
        # Where the address names no unit, having it in some unit is enough to see the form.
        anywhere = what is Can.PLAN_OUTINGS and "{" not in row.address and who == "other_leader"
        allowed = may(standing, what) or anywhere
        answered = row.expected[who] in ALLOWED or (anywhere and row.expected[who] == "422")
        assert answered == allowed, f"{who}: {row.expected[who]}, and the table says {what}"


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_whoever_is_suspended_is_nobody(row: Row) -> None:
    assert row.expected["suspended"] == row.expected["nobody"]
    assert set(row.expected) == set(WHO)
