"""A roster brought in the browser: shown, ticked, made once, taken back."""

import io
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from app.audit.models import AuditEntry
from app.clock import frozen, now
from app.extensions import db
from app.families.models import Guardian, GuardianProposal, Person, Training
from app.members.importing import drafting, slices
from app.members.models import ColumnMemory, ImportRow, Membership, RosterImport
from app.signups.models import Participant
from app.units.models import Patrol, RoleName
from tests.factories import keep, make_adult, make_leader, make_outing, make_person, make_unit, make_user
from tests.members.rosters import SHARED, SMALL, adults, data, person, youth
from tests.roster.helpers import put_on
from tests.test_htmx import Elements, check_element


@pytest.fixture
def unit(db_session):
    return make_unit("Troop 5")


@pytest.fixture
def admin(client, unit, sign_in):
    user = make_leader(unit, RoleName.ADMIN)
    sign_in(client, user)
    return user


@pytest.fixture
def bring(client, unit, admin):
    """``bring(bytes)`` sends a file and follows to the plan; returns the address and the page."""

    def bring(content, name="roster.csv"):
        sent = client.post(f"/units/{unit.id}/import", data={"file": (io.BytesIO(content), name)})
        assert sent.status_code == 303, sent.text
        return sent.location, client.get(sent.location)

    return bring


def form_of(page):
    """What a browser would send of the plan: the rows that are shown and the ticks."""
    import re

    shown = re.findall(r'name="shown" value="(\d+)"', page.text)
    ticks = re.findall(r'name="tick" value="([\d.]+)" checked', page.text)
    return {"shown": shown, "tick": ticks}


def make(client, at, **changes):
    return client.post(at, data=form_of(client.get(at)) | {"go": "apply"} | changes)


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def state():
    """Every row that a roster may touch."""
    found = {}
    for model in (Person, Membership, Training, GuardianProposal, Patrol):
        columns = [c for c in model.__table__.columns if c.key not in ("version", "created_at")]
        found[model.__tablename__] = sorted(str(tuple(row)) for row in db.session.execute(select(*columns)))
    return found


def number_of(name):
    return db.session.scalar(select(ImportRow.number).where(ImportRow.name == name))


def test_everything_is_shown_and_nothing_is_changed_before_somebody_says_so(bring, client, unit):
    before = state()
    at, page = bring(SMALL.read_bytes())
    assert state() == before
    assert "Add Zoé Holm: </span>youth, member 2300201" in page.text
    assert "Patrols that would be added: Otters and Vikings" in page.text
    assert make(client, at).status_code == 303
    assert count(Person) == 5
    zoe = db.session.scalar(select(Membership).where(Membership.member_number == "2300201"))
    assert (zoe.person.first_name, zoe.patrol.name, zoe.position) == ("Zoé", "Vikings", "Scribe")
    assert count(Guardian) == 0
    assert "Guardians whom the file names" in client.get(at).text


def test_a_second_post_of_the_same_plan_changes_nothing(bring, client):
    at, page = bring(SMALL.read_bytes())
    form = form_of(page) | {"go": "apply"}
    client.post(at, data=form)
    after, entries = state(), count(AuditEntry)
    client.post(at, data=form)
    again = client.get(at)
    assert "made already" in again.text
    assert (state(), count(AuditEntry)) == (after, entries)


def test_what_is_not_ticked_is_not_done(bring, client):
    at, page = bring(data(youth(person("Ava", number="7"), person("Ben", number="8"))))
    form = form_of(page)
    form["tick"].remove(str(number_of("Ben Holm")))
    client.post(at, data=form | {"go": "apply"})
    assert [p.first_name for p in db.session.scalars(select(Person))] == ["Ava"]


def test_one_change_of_a_person_can_be_left_out(bring, client, unit):
    ava = member(unit, "7", rank="Star", gender="male")
    at, page = bring(data(youth(person("Ava", number="7", Rank="Life", Gender="F"))))
    number = number_of("Ava Holm")
    (rank,) = [f"{number}.{n}" for n, c in enumerate(row_of("Ava Holm").changes) if c["key"] == "rank"]
    form = form_of(page)
    form["tick"].remove(rank)
    client.post(at, data=form | {"go": "apply"})
    assert (ava.rank, ava.gender) == ("Star", "female")


def member(unit, number, first="Ava", last="Holm", **values):
    one = make_person(first, last, unit=unit, **values)
    db.session.scalar(select(Membership).where(Membership.person_id == one.id)).member_number = number
    db.session.flush()
    return one


def row_of(name):
    return db.session.scalar(select(ImportRow).where(ImportRow.name == name))


FORMS = "Health Form A/B - Health Form C"


def test_an_older_date_waits_for_a_tick(bring, client, unit):
    ava = member(unit, "7", form_ab_until=date(2027, 5, 1))
    file = data(youth(person("Ava", number="7", **{FORMS: "04/24/2026(AB)"})))
    at, page = bring(file)
    assert "older than what is known" in page.text
    make(client, at)
    assert ava.form_ab_until == date(2027, 5, 1)
    at, page = bring(file)
    row = row_of_import(at, "Ava Holm")
    (box,) = [f"{row.number}.{n}" for n, c in enumerate(row.changes) if c["key"] == "form_ab_until"]
    make(client, at, tick=[box])
    assert ava.form_ab_until == date(2026, 4, 24)


def test_a_newer_training_gives_the_older_certificate_back(bring, client, unit):
    days = date(2024, 3, 1), date(2026, 3, 1)
    bo = keep(Membership(person_id=make_adult("Bo", "Holm").id, unit_id=unit.id, member_number="8")).person
    keep(Training(person_id=bo.id, code="Y01", name="Safe", completed_on=days[0], expires_on=days[1]))
    file = data(adults(person("Bo", number="8", Training="Y01 Safe", **{"Expiration Date": "03/05/2028"})))

    def stands():
        return db.session.execute(select(Training.completed_on, Training.expires_on)).one()

    for edited in (False, True):
        at, page = bring(file)
        make(client, at)
        assert stands() == (None, date(2028, 3, 5)), page.text
        if edited:
            db.session.execute(update(Training).values(completed_on=date(2026, 3, 6)))
            db.session.commit()
        assert client.post(f"{at}/undo").status_code == 303
        assert stands() == ((date(2026, 3, 6), date(2028, 3, 5)) if edited else days)


def row_of_import(at, name):
    return db.session.scalar(
        select(ImportRow).where(ImportRow.import_id == at.rsplit("/", 1)[-1], ImportRow.name == name)
    )


def test_what_somebody_changes_between_the_look_and_the_import_is_left_alone(bring, client, unit):
    ava = member(unit, "7", rank="Star")
    at, page = bring(data(youth(person("Ava", number="7", Rank="Life"))))
    ava.rank = "Eagle"
    db.session.commit()
    client.post(at, data=form_of(page) | {"go": "apply"})
    assert ava.rank == "Eagle"
    assert "somebody changed this meanwhile" in client.get(at).text


def test_the_whole_import_is_taken_back(bring, client, unit):
    member(unit, "2300201", "Zoé", "Holm", rank="Scout", birth_date=date(2014, 2, 3))
    before = state()
    at, _ = bring(SMALL.read_bytes())
    make(client, at)
    assert state() != before
    client.post(f"{at}/undo")
    back = client.get(at)
    assert "Everything is as it was before" in back.text
    assert state() == before
    client.post(f"{at}/undo")
    assert state() == before


def test_undo_leaves_what_was_edited_or_used_since_and_says_so(bring, client, unit):
    known = member(unit, "7", rank="Star")
    at, _ = bring(
        data(
            youth(
                person("Ava", number="7", Rank="Life", Gender="F"),
                person("Ben", number="8"),
                person("Cleo", number="9"),
            )
        )
    )
    known.gender = "male"
    db.session.commit()
    at, _ = bring(
        data(
            youth(
                person("Ava", number="7", Rank="Life", Gender="F"),
                person("Ben", number="8"),
                person("Cleo", number="9"),
            )
        )
    )
    make(client, at)
    known.rank = "Eagle"
    ben = db.session.scalar(select(Person).where(Person.first_name == "Ben"))
    put_on(make_outing(unit), ben)
    db.session.commit()
    client.post(f"{at}/undo")
    page = client.get(at)
    assert (known.rank, known.gender) == ("Eagle", "male")
    assert sorted(db.session.scalars(select(Person.first_name))) == ["Ava", "Ben"]
    assert count(Participant) == 1
    assert "rank stays as it is now, because it was edited since" in page.text
    assert "Ben Holm stays, because the person has been edited or used since" in page.text


# --- who may


def test_a_plan_is_its_makers_alone_until_it_is_made(bring, app, client, unit, sign_in):
    at, _ = bring(SMALL.read_bytes())
    other = app.test_client()
    sign_in(other, make_leader(unit, RoleName.ADMIN))
    assert [other.get(at).status_code, other.post(at, data={"go": "apply"}).status_code] == [404, 404]
    make(client, at)
    assert other.get(at).status_code == 200


def test_a_file_opens_no_other_unit(bring, client, unit):
    pack = make_unit("Pack 3", kind="pack")
    secret = member(pack, "7", "Ava", "Secretname", phone="555-0100", birth_date=date(2014, 2, 3))
    born = {"Date of Birth": "02/03/2014"}
    at, _ = bring(data(youth(person("Ava", "Secretname", "7") | born, person("Ava", "Guess", "7"))))
    everything = "".join(client.get(f"{at}?show={tab}").text for tab in ("new", "changed", "unclear", "rejected"))
    assert "belongs to somebody of another unit" in everything
    assert "555-0100" not in everything
    at, _ = bring(data(youth(person("Ava", "Secretname") | born)))
    make(client, at)
    places = db.session.scalars(select(Membership.unit_id).where(Membership.person_id == secret.id)).all()
    assert places == [pack.id]


def test_somebody_of_no_unit_is_found_and_only_blanks_are_filled(bring, client, unit):
    child = make_person("Ava", "Holm", birth_date=date(2014, 2, 3), rank=None, phone="555-0100")
    file = person("Ava", number="7", Rank="Star", Gender="M") | {"Date of Birth": "02/03/2014"}
    at, page = bring(data(youth(file)))
    assert "joins the unit" in page.text
    assert "555-0100" not in page.text
    make(client, at)
    assert (count(Person), child.rank, child.gender) == (1, "Star", "female")


def test_nobody_becomes_the_guardian_of_a_member_by_adding_the_child_first(bring, client, unit):
    """A name and a birth date are no secret: whoever is to stay away from a child knows both."""
    born = {"Date of Birth": "02/03/2014"}
    planted = make_person("Ava", "Holm", guardian=make_user(), birth_date=date(2014, 2, 3))
    posing = make_adult("Astrid", "Holm", birth_date=date(2014, 2, 3), user_id=make_user().id)
    at, _ = bring(data(youth(person("Ava", number="8") | born, person("Astrid", number="9") | born)))
    make(client, at)
    members = set(db.session.scalars(select(Membership.person_id)))
    assert len(members) == 2
    assert not {planted.id, posing.id} & members


def test_guardians_are_accepted_from_the_result(bring, client, unit):
    user = make_user("astrid.holm@example.org", name="Astrid Holm")
    astrid = make_adult("Astrid", "Holm", unit=unit, user_id=user.id, email="astrid.holm@example.org")
    at, _ = bring(SMALL.read_bytes())
    make(client, at)
    page = client.get(at)
    assert f"{at}/guardians/{astrid.id}" in page.text
    assert "Give an account" in page.text
    client.post(f"{at}/guardians/{astrid.id}")
    (guardian,) = db.session.scalars(select(Guardian)).all()
    assert (guardian.person.first_name, guardian.relationship_to) == ("Zoé", "mother")
    assert f"guardians/{astrid.id}" not in client.get(at).text


# --- files that nobody knows

TABLE = b"Given,Family,Born,SSN,Allergies,Group\nAva,Holm,02/03/2014,078-05-1120,MARKER-NUTS,Fox\nBen,Holm,05/06/2013,078051120,,Owl\n"


def test_unknown_columns_are_named_once_and_remembered(bring, client, unit):
    at, page = bring(TABLE)
    at, page = at.removesuffix("/columns"), client.get(f"{at}/columns")
    assert "What do the columns hold?" in page.text
    assert "MARKER" not in page.text
    assert not [number for number in ("078-05", "078051") if number in page.text]
    assert "2 columns are never read" in page.text
    refused = client.post(f"{at}/columns", data={"column-0": "first_name"})
    assert (refused.status_code, "which column holds the last name" in refused.text) == (422, True)
    chosen = {"column-0": "first_name", "column-1": "last_name", "column-2": "birth_date", "column-5": "patrol"}
    assert client.post(f"{at}/columns", data=chosen).status_code == 303
    make(client, at)
    assert sorted(db.session.scalars(select(Patrol.name))) == ["Fox", "Owl"]
    assert count(ColumnMemory) == 1
    # The same columns in another order need no answer.
    _, again = bring(b"Family,Given,Group,Born,SSN,Allergies\nHolm,Cleo,Fox,01/02/2014,,\n")
    assert "Add Cleo Holm: </span>youth, patrol Fox" in again.text


def test_nothing_of_a_number_that_must_not_be_kept_is_in_the_database(bring, db_session):
    bring(TABLE)
    bring(
        data(
            youth(
                person("Ava", Rank="078-05-1120", SSN="078051120"), columns=["First Name", "Last Name", "Rank", "SSN"]
            )
        )
    )
    for table in ("roster_imports", "roster_import_rows", "audit_entries"):
        for row in db_session.execute(db.text(f"SELECT * FROM {table}")):
            # An id may hold any three digits.
            values = [value for value in row if not isinstance(value, UUID)]
            text = str([drafting.unpacked(v) if isinstance(v, bytes | memoryview) else v for v in values])
            assert "078-05" not in text
            assert "078051" not in text
            assert "MARKER" not in text


@pytest.mark.parametrize("content", [b"", b"\x00\x01" * 500, b"PK\x03\x04nothing", b"\xd0\xcf\x11\xe0" * 9, b"hello\n"])
def test_what_is_no_roster_comes_back_with_one_sentence(client, unit, admin, content):
    answer = client.post(f"/units/{unit.id}/import", data={"file": (io.BytesIO(content), "x.csv")})
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert "nothing was changed" in answer.text
    assert count(RosterImport) == 0


def test_a_file_may_be_larger_than_a_form_and_not_larger_than_ten_megabytes(client, unit, admin):
    large = data(youth(person("Ava", number="7"))) + (b" " * 9_999 + b"\n") * 110
    sent = client.post(f"/units/{unit.id}/import", data={"file": (io.BytesIO(large), "x.csv")})
    assert sent.status_code == 303
    huge = client.post(f"/units/{unit.id}/import", data={"file": (io.BytesIO(b"x" * 11 * 2**20), "x.csv")})
    assert huge.status_code == 413


# --- long files, and plans that nobody made


def test_a_long_file_shows_how_far_it_is_and_each_look_moves_it_on(bring, client, monkeypatch):
    monkeypatch.setattr(slices, "SLICE", 10)
    monkeypatch.setattr(slices.go_on, "__defaults__", (-1,))
    at, page = bring(data(youth(*[person(f"A{n}", f"Holm{n}", str(n + 1)) for n in range(25)])))
    assert "10 of 25 rows" in page.text
    assert 'value="10"' in page.text
    for tag, said, form in (elements := Elements(page.text)).acting:
        check_element(tag, said, form, elements)
    part = client.get(at, headers={"HX-Request": "true"})
    assert (part.status_code, "20 of 25 rows" in part.text, "<html" in part.text) == (200, True, False)
    client.get(at)
    last = client.get(at, headers={"HX-Request": "true"})
    assert (last.status_code, last.headers["HX-Redirect"]) == (204, at)
    assert "Add A3 Holm3" in client.get(at).text


def test_slices_decide_like_one(bring, client, unit, monkeypatch):
    monkeypatch.setattr(slices, "SLICE", 1)
    member(unit, "7", birth_date=date(2014, 2, 3))
    born = {"Date of Birth": "02/03/2014"}
    file = data(
        youth(person("Ava") | born, person("Ava", number="7"), person("Ben"), person("Ben")),
        adults(person("Bo", number="99")),
        youth(person("Zoé", number="3", **{"Parent/Guardian Name": "Bo Holm", "Relationship": "(99) - Father of"})),
    )
    at, _ = bring(file)
    unclear = client.get(f"{at}?show=unclear").text
    assert "is the same person already" in unclear
    assert "has the same name, and neither has a member number" in unclear
    assert "is member 99" in client.get(f"{at}?show=new").text.replace("guardian named: Bo Holm", "is member 99")
    monkeypatch.setattr("app.members.importing.applying.SLICE", 1)
    make(client, at)
    proposal = db.session.scalar(select(GuardianProposal))
    assert proposal.adult_id == db.session.scalar(select(Person.id).where(Person.first_name == "Bo"))


def test_a_plan_is_gone_after_a_day_and_at_once_when_it_is_given_up(bring, client, unit):
    at, _ = bring(SMALL.read_bytes())
    client.post(f"{at}/forget")
    assert count(RosterImport) == count(ImportRow) == 0
    at, _ = bring(SMALL.read_bytes())
    with frozen(now() + timedelta(days=1, minutes=1)):
        assert drafting.purge()["roster plans"] == 1
    assert count(ImportRow) == 0


def test_what_was_read_is_gone_once_the_import_is_made(bring, client):
    at, _ = bring(SMALL.read_bytes())
    make(client, at)
    assert db.session.scalar(select(func.count()).where(ImportRow.said.is_not(None))) == 0
    with frozen(now() + timedelta(days=32)):
        assert drafting.purge()["rows of roster imports"] == 5
    draft = db.session.scalar(select(RosterImport))
    draft.applied_at -= timedelta(days=31)
    assert "more than 30 days ago" in client.post(f"{at}/undo").text


@pytest.mark.skipif(
    not SHARED.exists(), reason="the large fictional rosters stand beside this checkout only in its workshop"
)
def test_three_programs_files_one_after_the_other_double_nobody(bring, client, unit):
    unit.name = "Troop 77"
    db.session.commit()
    at, page = bring((SHARED / "scoutbook_roster.csv").read_bytes())
    everybody(client, at)
    assert (count(Person), count(GuardianProposal)) == (82, 41)
    people = {row.id: (row.first_name, row.last_name) for row in db.session.scalars(select(Person))}
    for name in ("my_scouting_roster", "troopmaster_scouts"):
        at, page = bring((SHARED / f"{name}.csv").read_bytes())
        assert "Changed" in page.text
        assert (
            db.session.scalar(select(func.count()).where(ImportRow.outcome.in_(("new", "unclear", "rejected")))) == 82
        )
        everybody(client, at)
        assert {row.id: (row.first_name, row.last_name) for row in db.session.scalars(select(Person))} == people
        again, _ = bring((SHARED / f"{name}.csv").read_bytes())
        assert not db.session.scalar(
            select(func.count()).where(
                ImportRow.import_id == again.rsplit("/", 1)[-1], ImportRow.changes.contains([{"on": True}])
            )
        )
    noah = db.session.scalar(select(Membership).where(Membership.member_number == "1400509"))
    named = db.session.scalars(select(GuardianProposal).where(GuardianProposal.person_id == noah.person_id)).all()
    adults = {db.session.get(Person, found.adult_id).first_name for found in named}
    assert adults == {"Anders", "Marit"}
    anders = db.session.scalar(select(Membership).where(Membership.member_number == "1300113"))
    assert (anders.person.phone, anders.position) == ("(555) 555-0187", "Scoutmaster")


def everybody(client, at):
    """Apply with the ticks as they came."""
    return client.post(at, data={"go": "apply"})
