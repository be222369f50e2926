"""One line of the members, edited where it stands."""

import re

from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.extensions import db
from tests.factories import make_adult, make_patrol, make_person, make_unit
from tests.members.helpers import HTMX, membership, url


def edit_form(client, unit, person):
    page = client.get(url(unit, f"/{person.id}/edit"), headers=HTMX).text
    return re.search(r'name="version"[^>]*value="(\w+)"', page)[1]


def test_moving_to_another_patrol_in_place_with_undo(client, admin, unit):
    fox, owl = make_patrol(unit, "Fox"), make_patrol(unit, "Owl")
    ava = make_person("Ava", "Holm", unit=unit, patrol=fox)
    version = edit_form(client, unit, ava)
    form = {"version": version, "patrol_id": owl.id, "position": " Scribe "}
    response = client.post(url(unit, f"/{ava.id}"), data=form, headers=HTMX)
    assert response.status_code == 200
    assert response.text.strip().startswith(f'<tr id="member-{ava.id}">')
    assert (membership(ava).patrol.name, membership(ava).position) == ("Owl", "Scribe")
    undo = response.headers["HX-Trigger"]
    assert str(fox.id) in undo

    import json

    toast = json.loads(undo)["toast"]
    back = client.post(
        toast["undo"]["url"], data={k: v or "" for k, v in toast["undo"]["fields"].items()}, headers=HTMX
    )
    assert back.status_code == 200
    assert (membership(ava).patrol.name, membership(ava).position) == ("Fox", None)
    assert db.session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.subject_id == ava.id)) == 2


def test_without_a_script_the_same_form_leads_back_to_the_list(client, admin, unit):
    ava = make_person("Ava", unit=unit)
    assert "<html" in client.get(url(unit, f"/{ava.id}/edit")).text
    response = client.post(
        url(unit, f"/{ava.id}"), data={"version": edit_form(client, unit, ava), "patrol_id": "", "position": "Scribe"}
    )
    assert (response.status_code, response.location) == (303, url(unit))


def test_two_admins_edit_one_line_and_the_second_sees_both_values(client, admin, unit):
    fox, owl, bear = (make_patrol(unit, name) for name in ("Fox", "Owl", "Bear"))
    ava = make_person("Ava", unit=unit, patrol=fox)
    version = edit_form(client, unit, ava)
    client.post(url(unit, f"/{ava.id}"), data={"version": version, "patrol_id": owl.id, "position": ""})
    second = client.post(
        url(unit, f"/{ava.id}"), data={"version": version, "patrol_id": bear.id, "position": ""}, headers=HTMX
    )
    assert second.status_code == 409
    assert "It says now: patrol Owl" in second.text
    assert f'selected value="{bear.id}"' in second.text
    assert membership(ava).patrol.name == "Owl"
    again = re.search(r'name="version"[^>]*value="(\w+)"', second.text)[1]
    client.post(url(unit, f"/{ava.id}"), data={"version": again, "patrol_id": bear.id, "position": ""})
    assert membership(ava).patrol.name == "Bear"


def test_a_patrol_of_another_unit_is_refused_in_the_line(client, admin, unit):
    ava = make_person("Ava", unit=unit)
    form = {"version": edit_form(client, unit, ava), "patrol_id": make_patrol(make_unit()).id, "position": ""}
    response = client.post(url(unit, f"/{ava.id}"), data=form, headers=HTMX)
    assert (response.status_code, membership(ava).patrol_id) == (422, None)


def test_what_an_edit_is_based_on_says_nothing_of_what_is_a_familys(client, admin, unit):
    """It stands in the page as a hash of the row; whoever knows all the rest could try every phone there is."""
    child, adult = make_person("Ava", "Holm", unit=unit), make_adult("Bo", "Vik", unit=unit)
    versions = {}
    for phone in ("555-0101", "555-0102"):
        child.phone = adult.phone = phone
        db.session.commit()
        versions[phone] = [edit_form(client, unit, person) for person in (child, adult)]
    before, after = versions.values()
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False]
