"""Accounts kept out and let in again, who runs the site, and the log in words."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.admin import rules
from app.audit import log
from app.audit.log import Wanted
from app.audit.models import AuditEntry
from app.audit.rules import record
from app.audit.wording import changes_in_words
from app.clock import frozen, now
from app.errors import RuleBroken
from app.extensions import db
from app.units.models import RoleName
from tests.factories import make_leader, make_outing, make_person, make_unit, make_user


@pytest.fixture
def root(db_session, client, sign_in):
    user = make_user(is_site_admin=True, name="Root")
    sign_in(client, user)
    return user


def test_a_suspended_account_is_out_at_once_and_comes_back(client, root, app, sign_in):
    bo = make_user(name="Bo Holm")
    browser = app.test_client()
    sign_in(browser, bo)
    assert browser.get("/account").status_code == 200
    for _ in range(2):
        answer = client.post(f"/admin/people/{bo.id}/suspension", data={"suspended": "1"})
        assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "Bo Holm is suspended and signed out everywhere." in page
    assert "suspended</span>" in page
    assert browser.get("/account").status_code == 303
    client.post(f"/admin/people/{bo.id}/suspension", data={"suspended": ""})
    assert browser.get("/account").status_code == 303  # a session that has ended stays so
    sign_in(browser, bo)
    assert browser.get("/account").status_code == 200
    assert [e.action for e in db.session.scalars(select(AuditEntry).where(AuditEntry.subject_id == bo.id))] == [
        "account suspended",
        "account let in again",
    ]


def test_somebody_runs_the_site(root):
    with pytest.raises(RuleBroken, match="Somebody must run this site"):
        rules.set_site_admin(root, root.id, False)
    with pytest.raises(RuleBroken, match="your own account"):
        rules.suspend(root, root.id, True)
    other = make_user()
    rules.set_site_admin(root, other.id, True)
    assert other.is_site_admin
    with pytest.raises(RuleBroken, match="Another site admin can"):
        rules.set_site_admin(root, root.id, False)
    rules.set_site_admin(other, root.id, False)
    assert not root.is_site_admin


def test_an_open_browser_makes_nobody_a_site_admin(client, root):
    bo = make_user()
    with frozen(now() + timedelta(minutes=16)):
        answer = client.post(f"/admin/people/{bo.id}/site-admin", data={"site_admin": "1"})
    assert answer.location == "/account/confirm?next=/admin/people"
    assert not bo.is_site_admin


def test_people_are_found_while_one_types(client, root):
    unit = make_unit("Troop 9")
    make_leader(unit, email="ida@example.org")
    page = client.get("/admin/people?q=IDA", headers={"HX-Request": "true"})
    assert page.text.strip().startswith('<div class="stack" id="people">')
    assert "1 account" in page.text
    assert "Troop 9: leader" in page.text
    assert "Nobody found" in client.get("/admin/people?q=100%25").text


def test_the_log_pages_by_its_last_entry_and_filters(client, root):
    unit, other = make_unit("Troop 9"), make_unit("Pack 4")
    outing = make_outing(unit, title="Canoes")
    for number in range(log.PAGE_SIZE + 5):
        person = make_person(f"N{number}", unit=unit)
        record(root, "person changed", person, changes={"phone": (None, f"555-{number:04}")}, unit_id=unit.id)
    record(root, "planned the outing", outing, unit_id=unit.id, outing_id=outing.id, reason="for fun")
    record(None, "unit settings changed", other, changes={"lists_outings": (False, True)}, unit_id=other.id)
    db.session.commit()
    first = client.get("/admin/log").text
    assert "Older entries" in first
    older = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    second = client.get(older).text
    assert second.count("<tr>") + first.count("<tr>") == log.PAGE_SIZE + 7 + 2
    assert "Older entries" not in second
    assert "shows its outings to strangers:</span> no → yes" in client.get("/admin/log?unit=pack").text
    assert "for fun" in client.get("/admin/log?outing=cano&who=root&action=planned").text
    assert "Nothing found" in client.get("/admin/log?until=1/1/2020").text
    assert len(log.entries(Wanted(unit_id=other.id))[0]) == 1


def test_a_unit_admin_reads_the_units_log_alone(client, sign_in, db_session):
    unit, other = make_unit("Troop 9"), make_unit("Pack 4")
    sign_in(client, make_leader(unit, RoleName.ADMIN))
    record(None, "unit settings changed", unit, changes={"name": ("Old", "Troop 9")}, unit_id=unit.id)
    record(None, "unit settings changed", other, changes={"name": ("Secret", "Pack 4")}, unit_id=other.id)
    page = client.get(f"/units/{unit.id}/log?unit=pack").text
    assert "Secret" not in page
    assert client.get(f"/units/{other.id}/log").status_code == 404


def test_changes_are_said_in_words():
    said = changes_in_words(
        {
            "birth_date": [None, "2014-01-15"],
            "patrol_id": [None, "01a20f81-fff5-7612-93d9-a352a3db04f8"],
            "open_to": [[], ["Pack 4", "Crew 2"]],
            "ends_at": [None, "2026-12-05T16:00:00+00:00"],
            "starts_at": ["2026-12-05 15:00:00+00:00", None],
            "guardian": ["a@example.org", None],
            "overbook_reason": [None, None],
            "version": [1, 2],
        },
        for_family=True,
        zone=ZoneInfo("America/Chicago"),
    )
    assert [tuple(change) for change in said] == [
        ("birth date", "nothing", "2014-01-15"),
        ("start", "Dec 5, 2026, 09:00 CST", "nothing"),
        ("end", "nothing", "Dec 5, 2026, 10:00 CST"),
        ("open to", "nothing", "Pack 4, Crew 2"),
        ("patrol", "", ""),
        ("guardian", "", ""),
    ]


def test_a_log_that_goes_back_for_years_says_which_year(client, root):
    long_ago = datetime(2024, 12, 5, 15, tzinfo=UTC)
    with frozen(long_ago):
        record(None, "unit settings changed", make_unit(), changes={"name": ("Old", "New")})
        db.session.flush()
    record(None, "unit settings changed", make_unit(), changes={"name": ("Old", "New")})
    page = client.get("/admin/log").text
    assert "Thu Dec 5, 2024, 15:00" in page
    assert f", {now().year}, " not in page


def test_strangers_read_the_list_of_a_unit_that_shows_it(client, sign_in, app, db_session):
    unit = make_unit("Troop 9")
    sign_in(client, make_leader(unit, RoleName.ADMIN))
    make_outing(unit, title="Canoes", total_seats=9, summary="Meet at the Holms'")
    make_outing(unit, title="Not yet", state="draft")
    stranger = app.test_client()
    assert stranger.get("/outings").status_code == 303
    form = {"name": "Troop 9", "kind": "troop", "time_zone": unit.time_zone, "policy_preset": "neutral", "version": "1"}
    assert client.post(f"/units/{unit.id}/settings", data=form | {"lists_outings": "1"}).status_code == 303
    page = stranger.get("/outings").text
    assert "Canoes" in page
    assert "9 places left" in page
    assert "Not yet" not in page
    assert "Holms" not in page
    assert "See what is coming up" in stranger.get("/").text
    stale = client.post(f"/units/{unit.id}/settings", data=form)
    assert stale.status_code == 409
    assert "It says now" in stale.text
