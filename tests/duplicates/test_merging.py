"""Two rows for one human: found where they may be seen, merged field by field, never on two seats, and taken back exactly."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from app.clock import now
from app.duplicates.access import pair_for
from app.duplicates.models import PersonMerge
from app.duplicates.queries import alike
from app.duplicates.rules import undoing
from app.duplicates.rules.merging import fingerprint, keep_apart, merge
from app.duplicates.rules.moving import APART, NEEDLESS
from app.duplicates.rules.rows import NOT_COMPARED, rows_of
from app.duplicates.rules.undoing import undo
from app.errors import Conflict, NotFound, RuleBroken
from app.extensions import db
from app.families.access import tie_of
from app.families.health.answers import Answers
from app.families.health.models import HealthNote
from app.families.health.notes import answers_in
from app.families.health.rules import seal_into
from app.families.models import Collector, EmergencyContact, Guardian, GuardianProposal, Person, Training
from app.members.following import lagging
from app.members.models import Invitation, Membership, Position, Transfer
from app.signups.models import Participant
from app.units.models import RoleName
from tests.duplicates.helpers import joined, place_of
from tests.factories import keep, make_adult, make_outing, make_patrol, make_person, make_role, make_unit, make_user
from tests.roster.helpers import put_on


def everything(*people):
    """All rows that point to these people, without what counts changes or follows from other rows."""
    db.session.flush()
    rows = rows_of(people)
    return {
        name: sorted(str({k: v for k, v in row.items() if k not in NOT_COMPARED}) for row in found)
        for name, found in rows.items()
    }


def filled(unit, elsewhere, admin):
    """Twins in every table that points to people."""
    fox, owl = make_patrol(unit, "Fox"), make_patrol(unit, "Owl")
    kept = make_person(
        "Ava",
        "Holm",
        unit=unit,
        patrol=fox,
        rank=None,
        phone="555-0100",
        photo_consent="public",
        photo_consent_at=now(),
    )
    gone = make_person("Ava", "Holm", unit=unit, patrol=owl, rank="Star", preferred_name="Avi", phone="555-0199", pick_up_note="Only Nora",
                       photo_consent="none", photo_consent_at=now())  # fmt: skip
    both, second = make_user(name="Marit Holm"), make_user(name="Nils Holm")
    keep(Guardian(user_id=both.id, person_id=kept.id))
    keep(Guardian(user_id=both.id, person_id=gone.id, may_see_health=False))
    keep(Guardian(user_id=second.id, person_id=gone.id))
    make_role(admin, elsewhere, RoleName.ADMIN)
    keep(Membership(person_id=gone.id, unit_id=elsewhere.id, member_number="12", since=date(2020, 1, 1)))
    keep(Membership(person_id=gone.id, unit_id=unit.id, since=date(2019, 1, 1), until=date(2019, 6, 1)))
    here, there = (
        db.session.scalars(select(Membership).where(Membership.person_id == p.id, Membership.unit_id == unit.id, Membership.until.is_(None))).one()
        for p in (kept, gone)
    )  # fmt: skip
    here.position, there.position, there.member_number = "Scribe", "scribe | Bugler", "7700"
    db.session.flush()
    for person, diet in ((kept, "No pork"), (gone, "Peanuts kill")):
        note = HealthNote(person_id=person.id)
        seal_into(note, Answers(diet_words=diet))
        keep(note)
        keep(EmergencyContact(person_id=person.id, name=f"Aunt of {diet}", phone="1"))
        keep(GuardianProposal(person_id=person.id, name="Bo Holm"))
        keep(Training(person_id=person.id, code="Y01", name="Safe", expires_on=date(2026 + len(diet), 1, 1)))
        keep(Collector(person_id=person.id, name="Nora", may_collect=True))
    keep(GuardianProposal(person_id=gone.id, name="Gro Li"))
    keep(
        Invitation(
            unit_id=unit.id,
            person_id=gone.id,
            token_hash="t",
            created_by_id=admin.id,
            expires_at=now() + timedelta(days=3),
        )
    )
    keep(Transfer(person_id=gone.id, from_unit_id=unit.id, to_unit_id=elsewhere.id, state="waiting"))
    put_on(make_outing(unit, title="Of the second"), gone)
    return kept, gone, both


def test_everything_goes_along_and_comes_back_exactly(db_session, unit, admin):
    elsewhere = make_unit("Pack 3")
    kept, gone, both = filled(unit, elsewhere, admin)
    outing = make_outing(unit, title="Both are on it", total_seats=2)
    put_on(outing, kept, "waiting", number=1)
    put_on(outing, gone)
    before = everything(kept.id, gone.id)
    ids = kept.id, gone.id
    made = joined(admin, unit, kept, gone, {f"{unit.id}.patrol_id": "gone"}).merge
    person = db.session.get_one(Person, ids[0])
    assert db.session.get(Person, ids[1]) is None
    assert (person.rank, person.preferred_name, person.phone, person.pick_up_note) == (
        "Star",
        "Avi",
        "555-0100",
        "Only Nora",
    )
    assert person.photo_consent == "none", "of two answers about photos the narrower one"
    place = db.session.scalars(select(Membership).where(Membership.person_id == ids[0], Membership.unit_id == unit.id, Membership.until.is_(None))).one()  # fmt: skip
    assert (place.patrol.name, place.member_number, place.position) == ("Owl", "7700", "Scribe | Bugler")
    assert sorted(db.session.scalars(select(Position.name).where(Position.membership_id == place.id))) == [
        "Bugler",
        "Scribe",
    ]
    rights = db.session.get_one(Guardian, (both.id, ids[0]))
    assert (rights.may_sign_up, rights.may_see_health) == (True, False), "a limit holds, whichever row it stood in"
    said = answers_in(db.session.get_one(HealthNote, ids[0])).diet_words
    assert "Peanuts kill" in said
    assert "No pork" in said
    assert db.session.scalars(select(Training.expires_on)).all() == [date(2038, 1, 1)]
    live = select(Participant).where(Participant.outing_id == outing.id, Participant.state != "cancelled")
    assert [row.state for row in db.session.scalars(live)] == ["confirmed"], "the seat stays, not the place in line"
    assert "Peanuts" not in (made.sealed or ""), "what an undo needs is sealed"
    assert lagging() == 0

    assert undo(admin, unit, made.id) == (made, True)
    assert undo(admin, unit, made.id)[1] is False
    after = everything(*ids)
    # The merge itself points to whoever was kept.
    for name, rows in before.items():
        if name != "person_merges":
            assert after[name] == rows, name
    assert answers_in(db.session.get_one(HealthNote, ids[1])).diet_words == "Peanuts kill"
    assert lagging() == 0


def test_every_foreign_key_to_people_is_decided_on(db_session):
    """PostgreSQL's own catalogue: a new table that points to people must say what a merge does with it."""
    keys = db.session.scalars(
        text("""
        SELECT c.conrelid::regclass || '.' || a.attname FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
        WHERE c.contype = 'f' AND c.confrelid = 'people'::regclass""")
    )
    assert set(keys) == NEEDLESS.keys() | APART


def test_outings_are_locked_before_people_and_answers_need_their_key(unit, admin, monkeypatch, count_statements):
    kept, gone = (make_person("Ava", "Holm", unit=unit) for _ in range(2))
    for person in (kept, gone):
        put_on(make_outing(unit), person)
        note = HealthNote(person_id=person.id)
        seal_into(note, Answers(diet_words=f"Of {person.id}"))
        keep(note)
    with count_statements() as statements:
        done = joined(admin, unit, kept, gone)
    locks = [re.search(r"FROM (\w+)", statement)[1] for statement in statements if "FOR UPDATE" in statement]
    assert locks[:3] == ["outings", "outings", "people"]
    monkeypatch.setattr(undoing, "keyring", dict)
    with pytest.raises(Conflict, match="a key that is gone"):
        undo(admin, unit, done.merge.id)


@pytest.mark.parametrize("stays", ["child", "adult"])
def test_no_account_becomes_a_childs_own(db_session, unit, admin, stays):
    """Whoever is a child's guardian may have lost the right to its health notes; of oneself one reads everything."""
    limited = make_user()
    child = make_person("Ava", "Holm", unit=unit)
    keep(Guardian(user_id=limited.id, person_id=child.id, may_see_health=False))
    adult = make_adult("Bo", "Holm", unit=unit, user_id=limited.id)
    pair = (child, adult) if stays == "child" else (adult, child)
    with pytest.raises(RuleBroken, match="birth date is a child's"), db.session.begin_nested():
        joined(admin, unit, *pair, {"birth_date": "kept" if stays == "child" else "gone"})
    db.session.expire_all()
    assert not tie_of(limited, child.id).may_see_health


def test_what_cannot_be_merged(db_session, unit, admin):
    one, two = (make_adult("Bo", "Vik", unit=unit, user_id=make_user().id) for _ in range(2))
    with pytest.raises(RuleBroken, match="Both have an account"):
        joined(admin, unit, one, two)
    kept, gone = (make_person("Ava", "Holm", unit=unit) for _ in range(2))
    seen = fingerprint(pair_for(admin, unit, kept.id, gone.id))
    kept.phone = "555-0101"
    db.session.flush()
    assert fingerprint(pair_for(admin, unit, kept.id, gone.id)) == seen, (
        "what an admin does not see of a child is in no hash"
    )
    gone.rank = "Star"
    db.session.flush()
    with pytest.raises(Conflict, match="changed since you looked"):
        merge(admin, unit, kept.id, gone.id, {}, seen)


def test_only_what_may_be_seen_is_found_and_merged(db_session, unit, admin):
    elsewhere = make_unit("Pack 3")
    born = date(2014, 5, 6)
    ava = make_person("Ava", "Holm", unit=unit, birth_date=born)
    twin = make_person("AVA", "Hólm", unit=unit, birth_date=born)
    foreign = make_person("Ava", "Holm", unit=elsewhere, birth_date=born)
    homeless = make_person("Ava", "Holm", birth_date=born)
    for number, person in enumerate((ava, foreign)):
        place_of(person, elsewhere if number else unit).member_number = "1300113"
    bo, jo = (
        make_adult(name, "Vik", unit=unit, email=email) for name, email in (("Bo", "vik@x.org"), ("Jo", "VIK@X.org"))
    )
    db.session.flush()

    def found(who):
        pairs, total = alike(who, unit.id, 1)
        assert len(pairs) == total
        return {(frozenset((pair.one.id, pair.other.id)), *pair.reasons) for pair in pairs}

    name, number, email = "the same name and birth date", "the same member number", "the same email address"
    mine = {(frozenset((ava.id, twin.id)), name), (frozenset((bo.id, jo.id)), email)}
    assert found(admin) == mine
    for stranger in (foreign, homeless):
        with pytest.raises(NotFound):
            pair_for(admin, unit, ava.id, stranger.id)
    every = found(make_user(is_site_admin=True))
    assert every >= mine | {(frozenset((ava.id, foreign.id)), name, number)}
    assert (frozenset((ava.id, homeless.id)), name) in every
    keep_apart(admin, unit, bo.id, jo.id)
    assert found(admin) == mine - {(frozenset((bo.id, jo.id)), email)}


def test_in_the_browser(client, sign_in, unit, admin):
    sign_in(client, admin)
    born = date(2014, 5, 6)
    kept = make_person("Ava", "Holm", unit=unit, birth_date=born, phone="555-0100-SECRET")
    gone = make_person("Ava", "Holm", unit=unit, birth_date=born, rank="Star", phone="555-0199-SECRET")
    kept.rank, kept.gender, gone.gender = "Life", "female", "other"
    place_of(kept, unit).since, place_of(gone, unit).since = date(2023, 10, 9), date(2026, 11, 28)
    db.session.commit()
    here = f"/units/{unit.id}/duplicates"
    assert f"{here}/{kept.id}/{gone.id}" in client.get(here).text
    page = client.get(f"{here}/{kept.id}/{gone.id}").text
    for words in ("Star", "Girl or woman", "In another way", "Oct 9, 2023", "Nov 28, 2026"):
        assert f">{words}</label>" in page
    assert "SECRET" not in page, "a child's own phone is the family's"
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    late = client.post(f"{here}/{kept.id}/{gone.id}", data={"seen": "of before", "rank": "gone"})
    assert late.status_code == 409
    assert 'id="rank-gone" name="rank" value="gone" checked' in late.text
    ids = kept.id, gone.id
    assert client.post(f"{here}/{ids[0]}/{ids[1]}", data={"seen": seen, "rank": "gone"}).status_code == 303
    assert db.session.get_one(Person, ids[0]).rank == "Star"
    done = db.session.scalars(select(PersonMerge)).one()
    assert "Take back" in client.get(here).text
    assert client.post(f"{here}/merges/{done.id}/undo").status_code == 303
    db.session.expire_all()
    assert [db.session.get_one(Person, id).rank for id in ids] == ["Life", "Star"]
