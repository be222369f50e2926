"""Leaving: what is asked, what is refused, what goes and what stays."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from app.audit.models import AuditEntry
from app.audit.rules import record
from app.clock import now
from app.config import ROOT
from app.duplicates.access import pair_for
from app.duplicates.rules.merging import fingerprint, merge
from app.extensions import db
from app.families.health.models import HealthNote
from app.families.models import EmergencyContact, Guardian, Person
from app.identity.models import BrowserSession, User
from app.members.models import Membership
from app.policies.retention import BY_PRESET, CLASSES, LONGEST_RECORD, Kept
from app.privacy.leaving import carry_out, forget_the_outgrown
from app.signups.models import Consent, Participant
from app.units.forms import PRESETS
from app.units.models import Role, RoleName
from tests.factories import keep, make_adult, make_family, make_leader, make_outing, make_person, make_unit, make_user
from tests.mail.helpers import deliver_all, waiting
from tests.roster.helpers import put_on
from tests.signups.helpers import children_of, row_of, sign_up


@pytest.fixture
def unit(db_session):
    return make_unit("Troop 77")


@pytest.fixture
def parent(unit):
    return make_family(unit, children=1, parent=False)


def leave(user):
    """As if the days had passed."""
    user.leaves_at = now() - timedelta(minutes=1)
    db.session.commit()
    said = list(carry_out())
    db.session.expire_all()
    return said


def end_membership(person):
    db.session.query(Membership).filter_by(person_id=person.id).one().until = now().date()


def past(unit, days):
    at = now() - timedelta(days=days)
    return make_outing(unit, starts_at=at, ends_at=at + timedelta(hours=5))


def test_asking_gives_days_and_a_way_back(client, parent, sign_in):
    sign_in(client, parent)
    page = client.get("/account/delete").text
    assert "Stays on the roster of the unit" in page
    assert "The admins of the unit are told" in page
    assert client.post("/account/delete").status_code == 303
    first = db.session.get(User, parent.id).leaves_at
    assert timedelta(days=6) < first - now() < timedelta(days=7)
    client.post("/account/delete")
    assert db.session.get(User, parent.id).leaves_at == first
    assert list(carry_out()) == ["Deleted 0 accounts."]
    assert "Keep my account" in client.get("/account/data").text
    assert client.post("/account/keep").status_code == 303
    assert db.session.get(User, parent.id).leaves_at is None
    (mail,) = db.session.scalars(text("SELECT args -> 'values' FROM procrastinate_jobs"))
    assert (mail["to"], mail["subject"]) == (parent.email, "Your account will be deleted")
    assert mail["values"]["link"].endswith("/account/data")


def test_whoever_asks_shows_again_who_they_are(client, parent, sign_in):
    sign_in(client, parent)
    db.session.query(BrowserSession).filter_by(user_id=parent.id).update({"confirmed_at": now() - timedelta(hours=1)})
    db.session.commit()
    for answer in (client.get("/account/delete"), client.post("/account/delete")):
        assert answer.location == "/account/confirm?next=/account/delete"
    assert db.session.get(User, parent.id).leaves_at is None


@pytest.mark.parametrize("what", ["site", "unit"])
def test_the_last_admin_is_told_what_to_do_first(client, unit, sign_in, what):
    user = make_user(is_site_admin=True) if what == "site" else make_leader(unit, RoleName.ADMIN)
    sign_in(client, user)
    answer = client.post("/account/delete")
    assert answer.status_code == 422
    assert "You are the only" in answer.text
    assert "first" in answer.text
    assert "Delete my account" not in answer.text
    # Asked when there was another, and that one has gone meanwhile.
    (said, gone) = leave(user)
    assert "stays for now. You are the only" in said
    assert gone == "Deleted 0 accounts."
    other = make_user(is_site_admin=True) if what == "site" else make_leader(unit, RoleName.ADMIN)
    assert leave(user) == ["Deleted 1 accounts."]
    assert db.session.get(User, other.id)


def test_what_is_ones_own_goes_at_once(unit):
    user = make_family(unit, children=1)
    user_id = user.id
    child = children_of(user)[0]
    for person in (child, db.session.query(Person).filter_by(user_id=user.id).one()):
        person.phone = "555-0101"
        keep(HealthNote(person_id=person.id, diet="vegetarian"))
        keep(EmergencyContact(person_id=person.id, name="Aunt", phone="555-0102"))
    assert leave(user) == ["Deleted 1 accounts."]
    assert db.session.get(User, user_id) is None
    for model in (HealthNote, EmergencyContact, Guardian, BrowserSession):
        assert db.session.scalars(select(model)).all() == [], model
    # The unit keeps its own list of members, without what the family gave.
    people = db.session.scalars(select(Person)).all()
    assert {(person.last_name, person.phone, person.user_id) for person in people} == {("Lindqvist", None, None)}
    assert db.session.scalar(select(func.count()).select_from(Membership)) == 2


def test_a_child_with_another_guardian_stays_as_it_is(unit, parent):
    child, other = children_of(parent)[0], make_user(name="Nils")
    keep(Guardian(user_id=other.id, person_id=child.id))
    keep(HealthNote(person_id=child.id, diet="vegetarian"))
    keep(EmergencyContact(person_id=child.id, name="Ours", phone="1"))
    keep(EmergencyContact(person_id=child.id, position=2, name="Mine", phone="2", home_of_id=parent.id))
    outing = make_outing(unit)
    sign_up(parent, outing, [child])
    leave(parent)
    assert row_of(outing, child).state == "confirmed"
    assert db.session.get(HealthNote, child.id).diet == "vegetarian"
    assert [contact.name for contact in db.session.scalars(select(EmergencyContact))] == ["Ours"]
    assert [guardian.user_id for guardian in db.session.scalars(select(Guardian))] == [other.id]


def test_places_are_given_back_and_the_line_moves_up(unit, parent):
    child = children_of(parent)[0]
    outing, begun = make_outing(unit, youth_seats=1), past(unit, 0)
    sign_up(parent, outing, [child])
    waiting = put_on(outing, make_person("Wanda", "Okafor", unit=unit), "waiting", number=1)
    there = put_on(begun, child)
    leave(parent)
    assert row_of(outing, child).state == "cancelled"
    assert db.session.get(Participant, waiting.id).state == "confirmed"
    assert db.session.get(Participant, there.id).state == "confirmed"


def test_who_was_there_becomes_nameless(unit, parent):
    child = children_of(parent)[0]
    outing = make_outing(unit)
    sign_up(parent, outing, [child])
    end_membership(child)
    outing.starts_at, outing.ends_at = now() - timedelta(days=3), now() - timedelta(days=2)
    row_of(outing, child).note = "Ava's own note"
    row_of(outing, child).overbook_reason = "Ava's father drives"
    record(parent, "person changed", child, changes={"first_name": ("Eva", "Ava"), "may_consent": (False, True)})
    record(parent, "changed", row_of(outing, child), changes={"note": ("Ava", None), "state": ("waiting", "confirmed")})
    child_id = child.id
    leave(parent)
    person = db.session.get(Person, child_id)
    assert (person.full_name, person.birth_date, person.gender, person.kind) == ("Former member", None, None, "youth")
    row = row_of(outing, person)
    assert (row.state, row.kind, row.note, row.overbook_reason) == ("confirmed", "youth", None, None)
    (consent,) = db.session.scalars(select(Consent))
    assert (consent.user_id, consent.text_version, consent.terms["place"]) == (None, "2026-11", "Elk Ridge")
    said = {entry.action: entry.changes for entry in db.session.scalars(select(AuditEntry))}
    assert said["person changed"] == {"first_name": [None, None], "may_consent": [False, True]}
    assert said["changed"] == {"note": [None, None], "state": ["waiting", "confirmed"]}
    assert "Ava" not in str(said)


def test_what_is_older_than_its_class_goes_altogether(unit, parent):
    child = children_of(parent)[0]
    end_membership(child)
    put_on(past(unit, LONGEST_RECORD + 1), child)
    leave(parent)
    assert db.session.scalars(select(Person)).all() == []
    assert db.session.scalars(select(Participant)).all() == []


def test_the_log_forgets_only_who_is_gone(unit, parent):
    child = children_of(parent)[0]
    record(parent, "person changed", child, changes={"first_name": ("Eva", "Ava")})
    db.session.commit()
    db.session.execute(select(func.forget_in_log([child.id, parent.id])))
    db.session.expire_all()
    entry = db.session.scalar(select(AuditEntry).where(AuditEntry.action == "person changed"))
    assert entry.changes == {"first_name": ["Eva", "Ava"]}


def test_the_log_forgets_whom_somebody_was_before_a_merge(unit, parent):
    admin = make_leader(unit, RoleName.ADMIN)
    child, twin = children_of(parent)[0], make_person("Zebedee", "Quill", unit=unit)
    merge(admin, unit, child.id, twin.id, {}, fingerprint(pair_for(admin, unit, child.id, twin.id)))
    for place in db.session.query(Membership).filter_by(person_id=child.id):
        place.until = now().date()
    log = text("SELECT string_agg(changes::text, '') FROM audit_entries")
    assert "Zebedee" in db.session.scalar(log)
    leave(parent)
    assert "Zebedee" not in db.session.scalar(log)


def test_the_unit_is_told_of_a_child_without_a_guardian(unit, parent):
    admin, adult = make_leader(unit, RoleName.ADMIN), make_adult(unit=unit)
    parents_address = parent.email
    leave(parent)
    told, bye = deliver_all()
    assert (told.recipient, told.subject) == (admin.email, "A child has no guardian here any more")
    assert "Ava Lindqvist" in told.text
    assert (bye.recipient, bye.subject) == (parents_address, "Your account is deleted")
    assert db.session.get(Person, adult.id).full_name == "Marit Lindqvist"


def test_the_unit_is_told_of_a_child_whose_other_guardian_is_suspended(unit, parent):
    make_leader(unit, RoleName.ADMIN)
    keep(Guardian(user_id=make_user(suspended_at=now()).id, person_id=children_of(parent)[0].id))
    leave(parent)
    told, _ = deliver_all()
    assert "Ava Lindqvist" in told.text


def test_who_may_not_see_the_children_any_more_when_the_mail_leaves_gets_none(unit, parent):
    admins = [make_leader(unit, RoleName.ADMIN) for _ in range(3)]
    leave(parent)
    queued = [args["values"] for args in waiting() if args["letter"] == "privacy.alone"]
    assert len(queued) == 3
    assert "Ava" not in str(queued), "no name lies in the queue"
    db.session.delete(db.session.get_one(Role, (admins[0].id, unit.id)))
    admins[1].suspended_at = now()
    db.session.commit()
    *told, _ = deliver_all()
    assert [mail.recipient for mail in told] == [admins[2].email]


def test_who_has_gone_to_another_unit_by_then_is_not_named(unit, parent):
    make_leader(unit, RoleName.ADMIN)
    ava, bea = children_of(parent)[0], make_person("Bea", unit=unit, guardian=parent)
    leave(parent)
    end_membership(ava)
    told, _ = deliver_all()
    assert "Ava" not in told.text
    assert bea.full_name in told.text


def test_the_page_about_security_shows_the_same_classes():
    assert set(BY_PRESET) == set(PRESETS)
    text = (ROOT / "docs" / "security.md").read_text()
    for name in CLASSES:
        kept = [getattr(preset, name) for preset in BY_PRESET.values()]
        days = " | ".join(str(found.days) for found in kept)
        assert f"| {name} | {days} | {kept[0].what} | {kept[0].why} |" in text
    for preset in BY_PRESET.values():
        assert preset.source.endswith(".")
        assert preset.checked <= now().date()


def test_who_stays_on_a_roster_or_becomes_nameless_goes_when_the_time_has_run_out(unit, parent, monkeypatch):
    """What the page of leaving says; by the preset of the unit that hosted the outing."""
    uk = make_unit("1st Oxford", policy_preset="scouts_uk")
    monkeypatch.setitem(BY_PRESET, "scouts_uk", replace(BY_PRESET["scouts_uk"], consent=Kept(10, "x", "x")))
    long_ago, lately = now() - timedelta(days=LONGEST_RECORD + 400), now() - timedelta(days=700)
    child = children_of(parent)[0]
    names = (
        "on a roster",
        "left lately",
        "left long ago",
        "camped lately",
        "camped at Oxford",
        "has an account",
        "new",
    )
    people = {name: make_person(name, "Holm", created_at=long_ago) for name in names}
    for name, until in (("on a roster", None), ("left lately", lately), ("left long ago", long_ago)):
        keep(Membership(person_id=people[name].id, unit_id=unit.id, since=long_ago, until=until and until.date()))
    put_on(past(unit, 700), people["camped lately"])
    put_on(past(uk, 700), people["camped at Oxford"])
    people["new"].created_at = now()
    keep(Guardian(user_id=parent.id, person_id=people["has an account"].id))
    record(None, "changed by a roster", people["left long ago"], changes={"first_name": ("Eva", "Ava")})
    db.session.commit()
    assert list(forget_the_outgrown()) == ["Removed 2 people of whom no record is kept any longer."]
    left = set(db.session.scalars(select(Person.first_name))) & set(names)
    assert left == set(names) - {"left long ago", "camped at Oxford"}
    db.session.expire_all()
    entry = db.session.scalar(select(AuditEntry).where(AuditEntry.action == "changed by a roster"))
    assert entry.changes == {"first_name": [None, None]}
    assert db.session.get(Person, child.id)
    assert list(forget_the_outgrown()) == ["Removed 0 people of whom no record is kept any longer."]
