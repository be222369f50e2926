"""The list of members as an admin works with it: it answers while one types, the address says everything, and the same without a script."""

import re

from playwright.sync_api import expect

from app.extensions import db
from app.units.models import RoleName
from tests.factories import PASSWORD, make_adult, make_leader, make_patrol, make_person, make_unit


def test_search_filters_columns_and_an_edit(live_server, open_page):
    with live_server.app.app_context():
        unit = make_unit("Troop 77")
        fox = make_patrol(unit, "Fox")
        for name, patrol in (("Zoë", fox), ("Noah", None), ("Finn", fox)):
            make_person(name, "Holm", unit=unit, patrol=patrol)
        make_adult("Marit", "Vik", unit=unit, phone="555-0101")
        admin = make_leader(unit, RoleName.ADMIN)
        db.session.commit()
        here, address = f"/units/{unit.id}/members", admin.email
    page, plain = open_page(), open_page(javascript=False)
    for browser in (page, plain):
        browser.goto("/login")
        browser.get_by_label("Email").fill(address)
        browser.locator("[name=password]").fill(PASSWORD)
        browser.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(here)
    names = page.locator("tbody th b")
    expect(names).to_have_count(4)
    page.get_by_label("Name, number").press_sequentially("zoe h", delay=20)
    expect(names).to_have_text(["Zoë Holm"])
    expect(page).to_have_url(re.compile(r"q=zoe\+h|q=zoe%20h"))
    page.get_by_label("Name, number").fill("")
    expect(names).to_have_count(4)
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Patrol", exact=True).first.select_option("Fox")
    expect(names).to_have_text(["Finn Holm", "Zoë Holm"])
    shared = page.url
    page.get_by_label("Only").select_option("no guardian has an account")
    expect(page).to_have_url(re.compile("only=account"))
    with page.expect_response(shared):
        page.go_back()
    # Both addresses show the same people, so the filter tells when the page of before is back.
    expect(page.get_by_label("Only")).to_have_value("")
    expect(page).to_have_url(shared)
    expect(names).to_have_text(["Finn Holm", "Zoë Holm"])
    # The columns are the account's, in whatever browser.
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("Rank").check()
    page.get_by_role("button", name="Show these columns").click()
    expect(page.get_by_role("columnheader", name="Rank")).to_be_visible()
    expect(names).to_have_text(["Finn Holm", "Zoë Holm"])
    page.get_by_role("link", name="Edit Finn Holm").click()
    page.get_by_label("Rank of Finn Holm").fill("Star")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("tbody").get_by_text("Star")).to_be_visible()
    # What is true of somebody today is no question about former members.
    today = [page.get_by_label(label, exact=True) for label in ("Health form", "Training")]
    for choice in today:
        expect(choice).to_be_visible()
    page.get_by_label("Only").select_option("former members")
    expect(names).to_have_count(0)
    for choice in today:
        expect(choice).to_be_hidden()
    # The same address, without a script.
    plain.goto(shared)
    expect(plain.locator("tbody th b")).to_have_text(["Finn Holm", "Zoë Holm"])
    expect(plain.locator("tbody").get_by_text("Star")).to_be_visible()
    plain.get_by_label("Name, number").fill("zoe")
    plain.get_by_role("button", name="Search").click()
    expect(plain.locator("tbody th b")).to_have_text(["Zoë Holm"])
    plain.get_by_role("link", name="Edit Zoë Holm").click()
    plain.get_by_label("Rank of Zoë Holm").fill("Life")
    plain.get_by_role("button", name="Save").click()
    expect(plain.locator("tbody").get_by_text("Life")).to_be_visible()
