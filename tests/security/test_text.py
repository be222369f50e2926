"""Text that would like to be markup, a header, or another site."""

import json
import re
import uuid
from typing import Any

import pytest

from app.extensions import db
from app.families.models import Person
from app.outings.models import Outing
from tests.routes.forms import FORMS
from tests.routes.planting import planted
from tests.routes.secrets import body_of
from tests.routes.table import ROWS, endpoint_of
from tests.routes.world import browser_of
from tests.security.helpers import EVERY, HTMX, POSTS

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
            form = (
                FORMS[endpoint_of(app, "POST", path)](world, "parent") | {"next": target}
                if row.method == "POST"
                else None
            )
            heard.clear()
            client = browser_of(world, "parent", app)
            answer = client.open(path.partition("?")[0], method=row.method, query_string=asked, data=form)
        assert answer.status_code < 500
        assert "evil" not in answer.headers.get("Location", "").partition("?")[0]
        assert not answer.headers.get("Location", "").startswith("//")
        if not heard.intersection((*asked, EVERY)):
            break  # nobody listens, so another word would make no difference
