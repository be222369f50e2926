"""My family, by keyboard where it stands and without any script: a person is changed, and whom to call is put in order."""

import pytest
from playwright.sync_api import expect

from app.extensions import db
from app.families.models import EmergencyContact
from tests.browser.hands import Keyboard, Mouse
from tests.factories import PASSWORD, keep, make_family, make_unit
from tests.outings.helpers import children_of


@pytest.mark.parametrize("way", ["keyboard", "no script"])
def test_a_family_is_kept(way, open_page, live_server):
    with live_server.app.app_context():
        parent = make_family(make_unit(), children=1, parent=False)
        child = children_of(parent)[0]
        for place, name in enumerate(("Ann", "Bo"), 1):
            keep(EmergencyContact(person_id=child.id, position=place, name=name, phone="555-0101"))
        db.session.commit()
        email, here = parent.email, f"/family/people/{child.id}"
    page = open_page(javascript=way == "keyboard")
    hand = Keyboard(page) if way == "keyboard" else Mouse(page)
    page.goto("/login?next=/family")
    page.fill("[name=login]", email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    hand.press(page.get_by_role("link", name="Edit"))
    hand.write(page.get_by_label("Name that people use"), "Avi")
    hand.press(page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_role("heading", name="Avi Lindqvist")).to_be_visible()
    if way == "keyboard":
        expect(page.get_by_role("link", name="Edit")).to_be_focused()
        page.goto(f"{here}/health")
        for more, field in (("Add an allergy", "allergies-0-what"), ("Add a medication", "medications-0-what")):
            hand.press(page.get_by_role("button", name=more))
            expect(page.locator(f"#{field}")).to_be_focused()
    page.goto(here)
    hand.press(page.get_by_role("button", name="Down the list with Ann"))
    expect(page.locator("#contacts tbody th")).to_have_text(["1. Bo", "2. Ann"])
    hand.press(page.locator("#contacts").get_by_role("link", name="Edit Bo"))
    hand.press(page.get_by_role("button", name="Remove"))
    expect(page.locator("#contacts tbody th")).to_have_text(["1. Ann"])
    hand.press(page.get_by_role("button", name="Undo"))
    expect(page.locator("#contacts tbody th")).to_have_text(["1. Bo", "2. Ann"])
