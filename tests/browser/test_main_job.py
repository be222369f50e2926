"""From an empty calendar to a family signed up and a roster edited in place: by mouse, without a script, by keyboard."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from playwright.sync_api import Locator, Page, expect

from app.clock import now
from app.extensions import db
from app.families.models import GuardianProposal
from app.units.models import RoleName
from tests.browser.conftest import OpenPage
from tests.browser.hands import Keyboard, Mouse, button, link
from tests.browser_fixtures import LiveServer
from tests.factories import PASSWORD, keep, make_adult, make_leader, make_patrol, make_person, make_unit

PASS_PHRASE = "four owls in a tree"


@pytest.fixture
def troop(live_server: LiveServer) -> SimpleNamespace:
    """A unit with two patrols, a leader, an admin, and a family that has no account yet."""
    with live_server.app.app_context():
        unit = make_unit()
        leader, admin = make_leader(unit), make_leader(unit, RoleName.ADMIN)
        fox = make_patrol(unit, "Fox")
        make_patrol(unit, "Raven")
        marit = make_adult("Marit", "Lindqvist", unit=unit)
        for name in ("Ava", "Noah", "Ella"):
            child = make_person(name, "Lindqvist", unit=unit, patrol=fox)
            keep(GuardianProposal(person_id=child.id, adult_id=marit.id, name="Marit Lindqvist"))
        db.session.commit()
        email = f"marit@{leader.email.partition('-')[0]}.example.org"
        return SimpleNamespace(
            unit=unit.name, leader=leader.email, admin=admin.email, email=email, members=f"/units/{unit.id}/members"
        )


def sign_in(hand: Mouse, login: str, path: str = "/") -> None:
    """By the form, and from there to ``path``."""
    hand.page.goto(f"/login?next={path}")
    hand.write(hand.page.get_by_label("Email or username"), login)
    hand.write(hand.page.get_by_label("Password", exact=True), PASSWORD)
    hand.press(button(hand.page, "Sign in"))


def toast(page: Page) -> Locator:
    """What the page says has happened."""
    return page.locator(".toast p").last


def problem(hand: Mouse, sentence: str) -> None:
    """The error summary says so, has the focus, leads to the field, and the title says it too."""
    page = hand.page
    summary = page.get_by_role("alert").filter(has=page.get_by_role("heading", name="There is a problem"))
    expect(summary).to_contain_text(sentence)
    expect(page).to_have_title(re.compile("^Error: "))
    expect(summary).to_be_focused()
    hand.press(summary.get_by_role("link", name=sentence))


def plan(hand: Mouse, troop: SimpleNamespace) -> str:
    """A leader plans an outing for two youth and publishes it. Returns its address."""
    page = hand.page
    sign_in(hand, troop.leader)
    hand.press(link(page, "Plan an outing").first)
    hand.write(page.get_by_label("Place", exact=False).first, "Elk Ridge")
    hand.press(button(page, "Save the outing"))
    problem(hand, "Enter a name for the outing.")
    expect(page.get_by_label("Name of the outing")).to_be_focused()
    start = now().date() + timedelta(days=20)
    hand.write(page.get_by_label("Name of the outing"), "Winter camp")
    expect(page.get_by_label("Place", exact=False).first).to_have_value("Elk Ridge")
    for label, day in (("Starts on", start), ("Ends on", start + timedelta(days=1))):
        hand.write(page.get_by_label(label), day.isoformat())
    hand.write(page.get_by_label("Starts at"), "09:00")
    hand.write(page.get_by_label("Ends at"), "11:30")
    hand.write(page.get_by_label("Youth places"), "2")
    hand.press(button(page, "Save the outing"))
    expect(page.locator("h1")).to_have_text("Winter camp")
    expect(toast(page)).to_have_text("Winter camp is a draft. Publish it when families may see it.")
    hand.press(button(page, "Publish it"))
    expect(toast(page)).to_have_text("Winter camp is published. Families see it now.")
    return page.url


def give_account(hand: Mouse, troop: SimpleNamespace) -> str:
    """The unit's admin gives a guardian an account. Returns the one-time link."""
    page = hand.page
    sign_in(hand, troop.admin)
    hand.press(page.get_by_role("navigation").get_by_role("link", name="Members"))
    hand.press(link(page, "Give an account to Marit Lindqvist"))
    # The roster named her as the guardian of all three.
    for name in ("Ava", "Noah", "Ella"):
        expect(page.get_by_label(f"{name} Lindqvist")).to_be_checked()
    hand.write(page.get_by_label("Email address"), troop.email)
    hand.press(button(page, "Give the account"))
    address = page.get_by_label("Send this link to Marit Lindqvist only").input_value()
    assert "/welcome/" in address
    return address


def come_in(hand: Mouse, address: str) -> None:
    """The guardian chooses a password and finds the family."""
    page = hand.page
    page.goto(address)
    for text, again in (("short", "short"), (PASS_PHRASE, PASS_PHRASE)):
        hand.write(page.get_by_label("New password", exact=True), text)
        hand.write(page.get_by_label("New password again", exact=True), again)
        hand.press(button(page, "Set the password and come in"))
        if text == "short":
            problem(hand, "Use at least 12 characters")
            expect(page.get_by_label("New password", exact=True)).to_be_focused()
    expect(toast(page)).to_have_text("Welcome, Marit Lindqvist. Your password is set.")
    hand.press(page.get_by_role("navigation").get_by_role("link", name="My family"))
    for name in ("Ava", "Noah", "Ella"):
        expect(link(page, f"{name} Lindqvist", exact=True)).to_be_visible()


def person(page: Page, name: str) -> Locator:
    """A line of the sign-up page."""
    return page.locator(".who li").filter(has_text=name)


def sign_up(hand: Mouse, *, scripted: bool) -> None:
    """Two are in, the third waits, one gives the seat back and the third moves up."""
    page = hand.page
    hand.press(page.get_by_role("navigation").get_by_role("link", name="Outings"))
    hand.press(link(page, "Winter camp"))
    hand.press(link(page, "Sign your family up"))
    for name in ("Ava", "Noah"):
        hand.tick(page.get_by_label(f"{name} Lindqvist"))
    send = button(page, "Sign up 2 people" if scripted else "Sign up")
    hand.press(send)
    problem(hand, "Tick that you give permission")
    for name in ("Ava", "Noah"):
        expect(page.get_by_label(f"{name} Lindqvist")).to_be_checked()
    hand.tick(page.get_by_label("I give permission"))
    hand.press(send)
    said = page.locator("#said")
    expect(said).to_have_text("Ava and Noah are in.")
    if scripted:
        expect(said).to_be_focused()
    expect(person(page, "Ava").locator(".chip")).to_have_text("is in")

    expect(person(page, "Ella").locator(".chip")).to_have_text("would wait")
    hand.tick(page.get_by_label("Ella Lindqvist"))
    hand.tick(page.get_by_label("I give permission"))
    hand.press(button(page, "Save changes"))
    expect(said).to_have_text("Ella waits for a place.")
    expect(person(page, "Ella").locator(".chip")).to_have_text("waiting, 1st in line")

    hand.untick(page.get_by_label("Ava Lindqvist"))
    hand.press(button(page, "Save changes"))
    expect(said).to_have_text("Ella moved up and is in. Ava is no longer coming.")
    expect(person(page, "Ella").locator(".chip")).to_have_text("is in")


def edit_roster(hand: Mouse, outing: str, *, scripted: bool) -> None:
    """The leader moves somebody to another patrol, takes her off, and takes that back."""
    page = hand.page
    page.goto(outing)
    hand.press(link(page, "Roster"))
    expect(page.locator("h1")).to_have_text("Winter camp: roster")
    if scripted:
        page.evaluate("window.sameDocument = true")
    row = page.locator("tr").filter(has_text="Ella Lindqvist")
    counts = page.locator("#counts > p").first
    expect(counts).to_have_text("2 confirmed (2 youth, 0 adults).")

    hand.press(row.get_by_role("link", name="Edit"))
    if scripted:
        expect(row.get_by_label("Patrol", exact=True)).to_be_focused()
    hand.choose(page.get_by_label("Patrol", exact=True), "Raven")
    hand.write(page.get_by_label("Note", exact=True), "brings a tent")
    hand.press(button(page, "Save"))
    expect(toast(page)).to_have_text("Ella moved to Raven.")
    expect(row.locator("[data-label=Patrol]")).to_have_text("Raven")
    expect(row.locator("[data-label=Note]")).to_have_text("brings a tent")
    if scripted:
        expect(row.get_by_role("link", name="Edit")).to_be_focused()

    hand.press(row.get_by_role("button", name="Take off"))
    expect(toast(page)).to_have_text("Ella is taken off.")
    expect(counts).to_have_text("1 confirmed (1 youth, 0 adults).")
    hand.press(page.get_by_role("button", name="Undo"))
    expect(counts).to_have_text("2 confirmed (2 youth, 0 adults).")
    expect(row.locator("[data-label=State]")).to_have_text("confirmed")
    if scripted:
        assert page.evaluate("window.sameDocument"), "the page was loaded anew"
        assert page.evaluate("document.activeElement !== document.body"), "the focus was lost"


def main_job(hands: list[Mouse], troop: SimpleNamespace, *, scripted: bool) -> None:
    """All of it: leader, admin and parent, each in a browser of their own."""
    leader, admin, parent = hands
    outing = plan(leader, troop)
    come_in(parent, give_account(admin, troop))
    sign_up(parent, scripted=scripted)
    edit_roster(leader, outing, scripted=scripted)
    hand = parent
    hand.press(hand.page.get_by_role("button", name="Sign out"))
    expect(hand.page.locator("h1")).to_have_text("Sign in")


@pytest.fixture(autouse=True)
def complaints(expected_complaints: list[str]) -> None:
    """Chromium logs each answer of 4xx; these are the forms that are sent back on purpose."""
    expected_complaints.append("status of 422")


def test_with_a_mouse(open_page: OpenPage, troop: SimpleNamespace) -> None:
    main_job([Mouse(open_page()) for _ in range(3)], troop, scripted=True)


def test_without_a_script(open_page: OpenPage, troop: SimpleNamespace) -> None:
    main_job([Mouse(open_page(javascript=False)) for _ in range(3)], troop, scripted=False)


def test_by_keyboard_alone(open_page: OpenPage, troop: SimpleNamespace) -> None:
    main_job([Keyboard(open_page()) for _ in range(3)], troop, scripted=True)
