"""From a slip of paper to a child signed up: on a phone, without a script or a password."""

import re

from playwright.sync_api import expect
from sqlalchemy import select

from app.extensions import db
from app.mail.models import KeptMail
from app.members.rules.invitations import make_links
from app.units.models import RoleName
from tests.factories import make_leader, make_outing, make_person, make_unit
from tests.mail.helpers import deliver_all


def test_an_invited_parent_signs_up_on_a_phone(live_server, open_page):
    with live_server.app.app_context():
        unit = make_unit("Troop 360")
        admin, child = make_leader(unit, RoleName.ADMIN), make_person("Ava", "Berg", unit=unit)
        make_outing(unit, title="Winter camp", youth_seats=5)
        (made,) = make_links(admin, unit, [child.id])
        db.session.commit()
    page = open_page(javascript=False)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"/join/{made.token}")
    expect(page.get_by_role("heading", name="Troop 360 invites you")).to_be_visible()
    page.get_by_label("Your name").fill("Nora Berg")
    page.get_by_label("Email address").fill("nora@example.org")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    with live_server.app.app_context():
        deliver_all()
        db.session.commit()
        mail = db.session.scalars(select(KeptMail).where(KeptMail.recipient == "nora@example.org")).one()
    page.goto(re.search(r"/join/confirm/\S+", mail.text)[0])
    page.get_by_role("button", name="Yes, that is me").click()
    expect(page.get_by_text("Your child is here.")).to_be_visible()
    page.get_by_role("link", name="Winter camp").first.click()
    page.get_by_role("link", name="Sign your family up").click()
    page.get_by_label("Ava Berg").check()
    page.get_by_label("I give permission").check()
    page.get_by_role("button", name="Sign up").click()
    expect(page.locator("#said")).to_have_text("Ava is in.")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 360
