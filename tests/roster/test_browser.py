"""The workbench in a real browser: in place, by keyboard alone, and without a script."""

import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from app.extensions import db
from tests.browser_fixtures import LiveServer
from tests.factories import PASSWORD, make_leader, make_outing, make_patrol, make_unit
from tests.roster.helpers import put_on, youth


@pytest.fixture
def camp(live_server: LiveServer) -> SimpleNamespace:
    """Two places: Ava and Ben have them, Noah waits. ``url`` is the roster, ``email`` its leader's."""
    with live_server.app.app_context():
        unit = make_unit()
        leader = make_leader(unit)
        fox = make_patrol(unit, "Fox")
        make_patrol(unit, "Raven")
        outing = make_outing(unit, youth_seats=2)
        rows = {name: put_on(outing, youth(unit, name), patrol_id=fox.id) for name in ("Ava", "Ben")}
        rows["Noah"] = put_on(outing, youth(unit, "Noah"), "waiting")
        db.session.commit()
        ids = {name: str(row.id) for name, row in rows.items()}
        return SimpleNamespace(url=f"/outings/{outing.id}/roster", email=leader.email, ids=ids)


def open_roster(page: Page, camp: SimpleNamespace) -> None:
    """Sign in by the form and arrive at the roster."""
    page.goto(f"/login?next={camp.url}")
    page.fill("[name=login]", camp.email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("h1")).to_have_text("Winter camp: roster")


def test_a_row_is_edited_where_it_stands_and_the_counts_follow(page: Page, camp: SimpleNamespace) -> None:
    open_roster(page, camp)
    page.evaluate("window.sameDocument = true")
    ava, noah = (page.locator(f"#row-{camp.ids[name]}") for name in ("Ava", "Noah"))

    ava.get_by_role("link", name="Edit").click()
    ava.get_by_label("Patrol", exact=True).select_option("Raven")
    ava.get_by_role("button", name="Save").click()
    expect(page.locator(".toast p")).to_have_text("Ava moved to Raven.")
    expect(ava.locator("[data-label=Patrol]")).to_have_text("Raven")

    ava.get_by_role("button", name="Take off").click()
    expect(page.locator(".toast p")).to_have_text("Ava is taken off; Noah moved up from the waiting list.")
    expect(page.locator("#counts > p")).to_have_text("2 confirmed (2 youth, 0 adults).")
    expect(noah.locator("[data-label=State]")).to_have_text("confirmed")

    page.locator(".toast__undo").click()
    expect(page.locator("#counts > p")).to_have_text("2 confirmed (2 youth, 0 adults), 1 waiting.")
    expect(ava.locator("[data-label=State]")).to_have_text("confirmed")
    expect(noah.locator("[data-label=State]")).to_have_text("waiting, 1st")
    assert page.evaluate("window.sameDocument")

    page.get_by_label("Find by name").fill("noa")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/roster\?q=noa$"))
    page.get_by_label("Find by name").fill("")
    expect(page).to_have_url(re.compile(r"/roster$"))
    expect(page.locator("tbody tr")).to_have_count(3)


def test_two_leaders_at_one_row(page: Page, camp: SimpleNamespace, expected_complaints: list[str]) -> None:
    expected_complaints.append("status of 409")
    open_roster(page, camp)
    second = page.context.new_page()
    second.goto(camp.url)
    rows = [tab.locator(f"#row-{camp.ids['Ava']}") for tab in (page, second)]
    for row, note in zip(rows, ("theirs", "mine"), strict=True):
        row.get_by_role("link", name="Edit").click()
        row.get_by_label("Note").fill(note)
    rows[0].get_by_role("button", name="Save").click()
    expect(rows[0].locator("[data-label=Note]")).to_have_text("theirs")
    rows[1].get_by_role("button", name="Save").click()
    expect(rows[1]).to_contain_text("Now: theirs. Yours: mine.")
    expect(rows[1].get_by_label("Note")).to_have_value("mine")
    expect(rows[1].get_by_label("Note")).to_be_focused()
    rows[1].get_by_role("button", name="Save on top").click()
    expect(rows[1].locator("[data-label=Note]")).to_have_text("mine")


def test_by_keyboard_alone(page: Page, camp: SimpleNamespace) -> None:
    open_roster(page, camp)
    row = page.locator(f"#row-{camp.ids['Ben']}")
    link = row.get_by_role("link", name="Edit")
    for _ in range(60):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(row.get_by_label("Patrol", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(row.get_by_role("link", name="Edit")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row.get_by_label("Patrol", exact=True)).to_be_focused()
    page.keyboard.type("Rav")
    page.keyboard.press("Tab")  # to the guest's fold
    page.keyboard.press("Tab")
    expect(row.get_by_label("Note")).to_be_focused()
    page.keyboard.type("by key")
    page.keyboard.press("Enter")
    expect(row.locator("[data-label=Patrol]")).to_have_text("Raven")
    expect(row.locator("[data-label=Note]")).to_have_text("by key")
    expect(row.get_by_role("link", name="Edit")).to_be_focused()


def test_without_a_script(page_without_js: Page, camp: SimpleNamespace) -> None:
    page = page_without_js
    open_roster(page, camp)
    page.locator(f"#row-{camp.ids['Ben']}").get_by_role("link", name="Edit").click()
    page.get_by_label("Patrol", exact=True).select_option("Raven")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast p")).to_have_text("Ben moved to Raven.")
    page.locator(".toast__undo").click()
    ben = page.locator(f"#row-{camp.ids['Ben']}")
    expect(ben.locator("[data-label=Patrol]")).to_have_text("Fox")

    ben.get_by_role("button", name="Take off").click()
    expect(page.locator(".toast p")).to_have_text("Ben is taken off; Noah moved up from the waiting list.")
    expect(page.locator("#counts > p")).to_have_text("2 confirmed (2 youth, 0 adults).")
    expect(ben).to_have_count(0)

    page.get_by_role("link", name="Add people").click()
    page.get_by_role("button", name="Put in line Ben Okafor").click()
    expect(page.locator(".toast p")).to_have_text("Ben is on the waiting list, 1st in line.")


def test_nothing_scrolls_sideways_on_a_phone(page: Page, camp: SimpleNamespace) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    open_roster(page, camp)
    page.locator(f"#row-{camp.ids['Ava']}").get_by_role("link", name="Edit").click()
    page.get_by_label("Note").wait_for()
    for path in ("", "/add"):
        if path:
            page.goto(camp.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
