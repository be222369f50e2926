"""htmx makes pages quicker and never carries them: nothing of version 2, and every request has a link or a form under it."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask

from app.config import ROOT
from tests.routes.world import HTMX_PAGES, InhabitedSite, browser_of

OURS = sorted((ROOT / "templates").rglob("*.html")) + sorted((ROOT / "static" / "js").glob("*.js"))
LEFTOVERS = {
    "extensions load by themselves": r"hx-ext\b",
    "eval is forbidden by the policy": r"hx-on\b|hx-vals\s*=\s*[\"']js:|hx-vars|hx-trigger\s*=\s*[\"'][^\"']*\[",
    "it is hx-disable now": r"hx-disabled-elt",
    "it is hx-ignore now": r"\shx-disable(?=[\s>])",
    "events have colons": r"htmx:[a-z]+[A-Z]\w*",
    "headers that are gone": r"HX-Trigger-(Name|After)",
    "classes that are gone": r"\bhtmx-(settling|swapping)-class",
    "idiomorph is built in": r"morph:(inner|outer)HTML",
    "history is fetched": r"hx-history-elt|hx-history\b",
    "parameters": r"hx-params|hx-request\s*=|hx-prompt",
}


@pytest.fixture(scope="session")
def app(inhabited_site: InhabitedSite) -> Flask:
    return inhabited_site.app


def without_comments(path: Path) -> str:
    return re.sub(r"{#.*?#}", "", path.read_text(), flags=re.DOTALL)


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_of_version_two(path):
    text = without_comments(path)
    assert [why for why, pattern in LEFTOVERS.items() if re.search(pattern, text)] == []


def test_only_the_token_is_inherited():
    inherited = re.compile(r"hx-[a-z-]+:inherited")
    found = {path.name: inherited.findall(without_comments(path)) for path in OURS}
    assert {name: names for name, names in found.items() if names} == {"base.html": ["hx-headers:inherited"]}


def test_htmx_is_the_version_that_was_read():
    text = (ROOT / "static" / "vendor" / "htmx.min.js").read_text()
    assert re.search(r"version[^\"'`]{0,4}[\"'`]4\.\d+\.\d+", text)


class Elements(HTMLParser):
    """Every element that htmx acts on, with the form that it stands in or names."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.acting: list[tuple[str, dict[str, str], dict[str, str] | None]] = []
        self.forms: dict[str, dict[str, str]] = {}
        self.open: list[dict[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open.append(said)
            self.forms[said.get("id", "")] = said
        if any(name.startswith("hx-") and not name.startswith(("hx-headers", "hx-swap-oob")) for name in said):
            self.acting.append((tag, said, self.open[-1] if self.open else None))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.open:
            self.open.pop()


def check_element(tag: str, said: dict[str, str], form: dict[str, str] | None, page: "Elements") -> None:
    """The same request is made where no script runs."""
    form = page.forms.get(said["form"]) if "form" in said else form
    asks = said.get("hx-get") or said.get("hx-post")
    assert asks, "an attribute of htmx that asks for nothing"
    assert said.get("hx-target"), "the target is not written on the element"
    assert said.get("hx-swap"), "the swap is not written on the element"
    assert not urlsplit(asks).netloc
    if "hx-post" in said:
        holder = said if tag == "form" else form
        assert holder, "no form under it"
        assert holder.get("method") == "post"
        assert said.get("formaction", holder.get("action")) == asks
    elif tag == "a":
        # A link that leaves the edited row leads to the whole list where there is no row to put back.
        assert said["href"] == asks or "data-cancel" in said
    else:
        holder = said if tag == "form" else form
        assert holder, "no form under it"
        assert holder.get("method", "get") == "get"
        assert holder.get("action") == asks


@pytest.mark.parametrize(("who", "address"), HTMX_PAGES)
def test_every_request_has_a_link_or_a_form_under_it(who, address, app, db_session, inhabited_site):
    world = inhabited_site.world()
    answer = browser_of(world, who, app).get(address.format_map(world.ids))
    assert answer.status_code == 200
    page = Elements(answer.text)
    assert page.acting, "nothing of htmx here: take the page off the list"
    for tag, said, form in page.acting:
        try:
            check_element(tag, said, form, page)
        except AssertionError as why:
            pytest.fail(f"{why}\n<{tag} {said}> in {form}")


def test_every_template_that_asks_is_on_a_page_of_the_list():
    asking = {
        str(path.relative_to(ROOT / "templates")) for path in OURS if re.search(r"hx-(get|post)=", path.read_text())
    }
    known = {
        "signups/_party.html", "outings/_list.html", "members/index.html", "members/_macros.html", "members/_row_edit.html",
        "members/_account_macro.html", "roster/_macros.html", "roster/_row_edit.html", "roster/_list.html", "roster/index.html",
        "roster/add.html", "roster/_add.html", "outings/_leads.html", "members/import/_progress.html", "admin/people.html",
        "families/index.html", "families/_person.html", "families/_form.html", "families/_rows.html", "families/_contacts.html",
        "families/_collecting.html", "trainings/index.html", "trainings/_list.html", "trainings/_macros.html", "trainings/_row_edit.html",
    }  # fmt: skip
    assert asking == known, "add a page that shows it to HTMX_PAGES, then its name here"
