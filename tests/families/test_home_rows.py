"""Whom to call and who may collect a child, photos and grades: what one home keeps to itself stays there, and nothing is overwritten."""

import re
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.clock import frozen, now, today
from app.errors import NotAllowed, NotFound, RuleBroken, Stale
from app.extensions import db, new_id
from app.families.access import tie_of
from app.families.grades import asks_grade, grade_on
from app.families.guardians import forget_home
from app.families.home_rows import (
    COLLECTORS,
    CONTACTS,
    MOST,
    add_row,
    change_row,
    move_contact,
    remove_row,
    row_version,
    rows_seen,
)
from app.families.models import Collector, EmergencyContact, Guardian, PhotoConsent
from app.families.photos import give
from app.families.rules import PersonDetails, edit_person
from tests.factories import keep, make_person, make_unit, make_user

HTMX = {"HX-Request": "true"}


@pytest.fixture
def homes(db_session):
    """A child with a guardian in each of two homes."""
    mine, theirs = make_user(name="Astrid Holm"), make_user(name="Bo Holm")
    ava = make_person("Ava", "Holm", guardian=mine)
    keep(Guardian(user_id=theirs.id, person_id=ava.id))
    return mine, theirs, ava


def contact(user, child, name, *, of_home=False):
    values = {"name": name, "phone": "555-0101", "relationship_to": None}
    return add_row(user, child.id, CONTACTS, new_id(), values, of_home=of_home)[0]


def names(user, child, kind=CONTACTS):
    return [row.name for row in rows_seen(tie_of(user, child.id), kind)]


def log_of(child):
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.subject_id == child.id).order_by(AuditEntry.id))
    return [(entry.action, entry.changes) for entry in entries]


def test_contacts_stand_in_the_order_in_which_they_are_called(homes):
    mine, theirs, ava = homes
    ann, aunt, cy, dee = (
        contact(mine, ava, "Ann"),
        contact(theirs, ava, "Aunt Secret", of_home=True),
        contact(mine, ava, "Cy"),
        contact(theirs, ava, "Dee"),
    )
    assert add_row(mine, ava.id, CONTACTS, ann.id, {"name": "Twice", "phone": "1"}, of_home=False) == (ann, False)
    assert names(mine, ava) == ["Ann", "Cy", "Dee"]
    for _ in range(2):  # sent twice, it stands there already
        move_contact(mine, ava.id, dee.id, 1)
        assert names(mine, ava) == ["Dee", "Ann", "Cy"]
    db.session.refresh(aunt)
    assert aunt.position == 2, "what the other home keeps to itself stays where it is"
    assert names(theirs, ava) == ["Dee", "Aunt Secret", "Ann", "Cy"]
    move_contact(mine, ava.id, ann.id, 99)
    assert names(mine, ava) == ["Dee", "Cy", "Ann"]
    for wrong in (
        lambda: move_contact(mine, ava.id, aunt.id, 1),
        lambda: change_row(mine, ava.id, CONTACTS, aunt.id, {"of_home": False}, ""),
        lambda: contact(make_user(), ava, "Stranger"),
    ):
        with pytest.raises(NotFound):
            wrong()
    assert remove_row(mine, ava.id, CONTACTS, aunt.id, row_version(aunt, CONTACTS)) is None
    assert "Secret" not in str(log_of(ava))
    assert ("emergency contact: added", {"emergency contact of one home": [None, "added"]}) in log_of(ava)
    for number in range(MOST - 3):
        contact(mine, ava, f"N{number}")
    with pytest.raises(RuleBroken, match="Remove one first"):
        contact(mine, ava, "Too many")
    assert remove_row(mine, ava.id, CONTACTS, cy.id, row_version(cy, CONTACTS))["name"] == "Cy"


def test_the_second_home_sees_both_values_of_a_row(homes):
    mine, theirs, ava = homes
    values = {"name": "Casey", "phone": None, "may_collect": True, "note": None}
    row, _ = add_row(mine, ava.id, COLLECTORS, new_id(), values, of_home=False)
    seen = row_version(row, COLLECTORS)
    change_row(mine, ava.id, COLLECTORS, row.id, values | {"may_collect": False, "of_home": False}, seen)
    with pytest.raises(Stale) as refusal:
        change_row(theirs, ava.id, COLLECTORS, row.id, values | {"note": "the aunt", "of_home": False}, seen)
    assert refusal.value.theirs == {"may_collect": False, "note": None}
    assert refusal.value.yours == {"may_collect": True, "note": "the aunt"}
    with pytest.raises(Stale):
        remove_row(theirs, ava.id, COLLECTORS, row.id, seen)
    same = values | {"may_collect": False, "of_home": False}
    assert change_row(theirs, ava.id, COLLECTORS, row.id, same, seen) == (row, False)
    # Kept to one home from now on, the other neither sees it nor who it was.
    change_row(mine, ava.id, COLLECTORS, row.id, same | {"of_home": True}, row_version(row, COLLECTORS))
    assert (names(mine, ava, COLLECTORS), names(theirs, ava, COLLECTORS)) == (["Casey"], [])
    forget_home(mine.id, ava)
    assert db.session.scalars(select(Collector)).all() == []


def test_a_row_that_both_homes_knew_does_not_vanish_from_one_in_silence(homes):
    """Such as that somebody may not collect the child. What it says in the home that took it over is that home's own."""
    mine, theirs, ava = homes
    said = {"name": "Bo Holm", "phone": None, "may_collect": False, "note": "A court says so."}
    row, _ = add_row(mine, ava.id, COLLECTORS, new_id(), said, of_home=False)
    taken = said | {"may_collect": True, "note": "Secret", "of_home": True}
    change_row(theirs, ava.id, COLLECTORS, row.id, taken, row_version(row, COLLECTORS))
    assert names(mine, ava, COLLECTORS) == []
    gone = {"name": ["Bo Holm", None], "may_collect": [False, None], "note": ["A court says so.", None]}
    assert log_of(ava)[-1] == ("who may collect: kept to one home", gone)
    change_row(theirs, ava.id, COLLECTORS, row.id, taken | {"note": "Secret too"}, row_version(row, COLLECTORS))
    assert log_of(ava)[-1] == ("who may collect: changed", {"who may collect of one home": [None, "changed"]})
    change_row(
        theirs, ava.id, COLLECTORS, row.id, taken | {"note": "Open", "of_home": False}, row_version(row, COLLECTORS)
    )
    back = {"name": [None, "Bo Holm"], "may_collect": [None, True], "note": [None, "Open"]}
    assert log_of(ava)[-1] == ("who may collect: shared", back)
    assert "Secret" not in str(log_of(ava))


def test_rows_are_added_changed_moved_and_removed_with_and_without_a_script(app, client, sign_in, homes):
    mine, theirs, ava = homes
    sign_in(client, mine)
    person = f"/family/people/{ava.id}"
    empty = client.get(f"{person}/contacts?add=1", headers=HTMX)
    assert empty.text.lstrip().startswith("<section"), "the list alone"
    typed = {"id": re.search(r'name="id" value="([\w-]+)"', empty.text)[1], "name": "Uncle <b>", "phone": "call me"}
    wrong = client.post(f"{person}/contacts", data=typed)
    assert (wrong.status_code, 'value="Uncle &lt;b&gt;"' in wrong.text) == (422, True)
    assert 'href="#edit-contacts-phone">Enter a phone number such as' in wrong.text
    for _ in range(2):
        sent = client.post(f"{person}/contacts", data=typed | {"phone": "555-0101", "of_home": "y"})
        assert (sent.status_code, sent.location) == (303, f"{person}#contacts")
    first = db.session.scalars(select(EmergencyContact)).one()
    assert first.home_of_id == mine.id
    second = contact(theirs, ava, "Dee")
    db.session.commit()
    page = client.get(person).text
    assert page.index("1. Uncle") < page.index("2. Dee")
    moved = client.post(f"{person}/contacts/{second.id}", data={"place": "1"}, headers=HTMX)
    assert moved.text.index("1. Dee") < moved.text.index("2. Uncle")
    opened = client.get(f"{person}/contacts/{first.id}").text
    version = re.search(r'name="version" value="(\w+)"', opened)[1]
    elsewhere = app.test_client()
    sign_in(elsewhere, theirs)
    assert "Uncle" not in elsewhere.get(person).text
    assert elsewhere.get(f"{person}/contacts/{first.id}").status_code == 404
    assert elsewhere.post(f"{person}/contacts/{first.id}", data={"remove": version}).status_code == 303
    change_row(
        mine, ava.id, CONTACTS, first.id,
        {"name": "Uncle Bo", "phone": "555-0199", "relationship_to": None, "of_home": True}, version,
    )  # fmt: skip
    db.session.commit()
    late = client.post(
        f"{person}/contacts/{first.id}", data=typed | {"phone": "555-0102", "version": version}, headers=HTMX
    )
    assert late.status_code == 409
    assert "It says now: name Uncle Bo, phone 555-0199, kept to one home yes. Save again" in late.text
    assert 'value="555-0102"' in late.text, "what was typed is still there"
    assert "hx-swap-oob" not in late.text
    again = re.search(r'name="version" value="(\w+)"', late.text)[1]
    fine = client.post(f"{person}/contacts/{first.id}", data=typed | {"phone": "555-0102", "version": again})
    assert (fine.status_code, first.phone) == (303, "555-0102")
    gone = client.post(f"{person}/contacts/{first.id}", data={"remove": row_version(first, CONTACTS)}, headers=HTMX)
    assert "Uncle" not in gone.text
    assert '"place": "2"' in gone.headers["HX-Trigger"]
    may_not = {"name": "Casey", "may_collect": "", "note": "Call us first", "id": str(new_id())}
    assert client.post(f"{person}/collecting", data=may_not).status_code == 303
    assert "may\xa0not</span>" in client.get(person).text


def test_photos_are_for_whoever_gives_permission_and_the_log_keeps_who(client, sign_in, homes):
    mine, theirs, ava = homes
    person, changed = give(mine, ava.id, PhotoConsent.UNIT, None)
    assert (changed, person.photo_consent, person.photo_consent_by_id) == (True, "unit", mine.id)
    assert log_of(ava)[-1] == ("photo consent given", {"photo_consent": [None, "unit"]})
    assert give(theirs, ava.id, PhotoConsent.UNIT, None) == (person, False)
    with pytest.raises(Stale, match="Within the unit only"):
        give(theirs, ava.id, PhotoConsent.PUBLIC, None)
    sign_in(client, theirs)
    here = f"/family/people/{ava.id}/photos"
    late = client.post(here, data={"level": "public", "seen": ""})
    assert (late.status_code, 'name="seen" type="hidden" value="unit"' in late.text) == (409, True)
    assert client.post(here, data={"level": "none", "seen": "unit"}).status_code == 303
    assert (ava.photo_consent, ava.photo_consent_by_id) == ("none", theirs.id)
    assert "No photos. You said so on" in client.get(f"/family/people/{ava.id}").text
    db.session.get(Guardian, (theirs.id, ava.id)).may_consent = False
    db.session.commit()
    assert client.post(here, data={"level": "public", "seen": "none"}).status_code == 403
    assert "Another guardian gives permission" in client.get(here).text
    casey = {"name": "Casey", "phone": None, "may_collect": True, "note": None}
    for forbidden in (
        lambda: give(theirs, ava.id, PhotoConsent.PUBLIC, "none"),
        lambda: add_row(theirs, ava.id, COLLECTORS, new_id(), casey, of_home=False),
    ):
        with pytest.raises(NotAllowed):
            forbidden()
    assert contact(theirs, ava, "Ann").name == "Ann", "whom to call is no permission"


def test_a_grade_is_asked_where_dens_go_by_it_and_moves_on_each_summer(client, sign_in, homes):
    assert grade_on(2, date(2026, 6, 30), date(2026, 6, 30)) == 2
    assert grade_on(2, date(2026, 6, 30), date(2026, 7, 1)) == 3
    assert grade_on(2, date(2026, 9, 1), date(2027, 6, 30)) == 2
    assert grade_on(12, date(2026, 9, 1), date(2027, 7, 1)) is None, "out of school"
    assert grade_on(None, None, date(2026, 7, 1)) is None
    assert [
        asks_grade(*unit)
        for unit in (("pack", "scouting_america"), ("troop", "scouting_america"), ("pack", "scouts_uk"))
    ] == [True, False, False]
    mine, _, ava = homes
    sign_in(client, mine)
    edit = f"/family/people/{ava.id}/edit"
    assert "School grade" not in client.get(edit).text
    cub = make_person("Cy", "Holm", unit=make_unit(kind="pack"), guardian=mine)
    with frozen(datetime(2026, 3, 1, tzinfo=UTC)):
        details = PersonDetails("Cy", "Holm", birth_date=cub.birth_date, gender="female", grade=2)
        edit_person(mine, cub.id, details, cub.version)
    assert (cub.grade, cub.grade_said_on) == (2, date(2026, 3, 1))
    db.session.commit()
    expected = grade_on(2, date(2026, 3, 1), today())
    assert f'selected value="{expected}"' in client.get(f"/family/people/{cub.id}/edit").text
    assert f"Grade {expected}" in client.get("/family").text
    assert now().date() != cub.grade_said_on
