import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.extensions import db
from app.families.models import Guardian, GuardianProposal, Person, Training
from app.members.models import Membership
from app.units.models import Patrol, Unit
from tests.factories import make_adult, make_person, make_unit, make_user
from tests.members.rosters import SMALL, adults, data, person, youth


@pytest.fixture
def run(app, db_session):
    def run(path, *options, unit="Troop 5"):
        db_session.commit()
        result = app.test_cli_runner().invoke(args=["import-roster", str(path), "--unit", unit, *options])
        db_session.expire_all()
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


@pytest.fixture
def roster(tmp_path):
    def roster(*sections):
        path = tmp_path / "roster.csv"
        path.write_bytes(data(*sections))
        return path

    return roster


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def everything():
    return {
        model.__tablename__: count(model)
        for model in (Unit, Patrol, Person, Membership, Training, GuardianProposal, AuditEntry)
    }


def test_it_says_what_it_would_do_and_does_nothing(run):
    before = everything()
    result = run(SMALL)
    assert result.exit_code == 0
    assert everything() == before
    assert "5 to add, 0 to change, 0 unchanged, 0 unclear, 0 rejected." in result.output
    assert "Troop 5 would be created as a troop." in result.output
    assert "Patrol Vikings would be added." in result.output
    assert "Line 8: Zoé Holm would be added, youth, member 2300201, patrol Vikings, Scribe" in result.output
    assert "with --apply" in result.output


def test_apply_does_it(run):
    result = run(SMALL, "--apply", "--time-zone", "America/Denver")
    assert result.exit_code == 0, result.output
    assert result.output.endswith("Done.\n")
    unit = db.session.scalar(select(Unit).where(Unit.name == "Troop 5"))
    assert (unit.kind, unit.number, unit.time_zone) == ("troop", "5", "America/Denver")
    rows = db.session.scalars(select(Membership).where(Membership.unit_id == unit.id)).all()
    people = {m.person.first_name: m for m in rows}
    assert set(people) == {"Astrid", "Bo", "Zoé", "Per", "Luc"}
    zoe, astrid = people["Zoé"], people["Astrid"]
    assert (zoe.patrol.name, zoe.member_number, zoe.position, zoe.person.kind) == (
        "Vikings",
        "2300201",
        "Scribe",
        "youth",
    )
    assert str(zoe.person.form_ab_until) == "2027-04-24"
    assert (zoe.person.swim_class, str(zoe.person.swim_class_on)) == ("swimmer", "2026-06-01")
    trained = db.session.scalars(select(Training).where(Training.person_id == astrid.person_id)).all()
    assert {t.code: str(t.expires_on) for t in trained} == {"Y01": "2027-06-05", "SCO_800": "2028-05-08"}
    proposal = db.session.scalar(select(GuardianProposal).where(GuardianProposal.person_id == zoe.person_id))
    assert (proposal.name, proposal.relationship_to, proposal.phone) == ("Astrid Holm", "Mother", "555-0113")
    assert proposal.adult_id == astrid.person_id
    assert count(Guardian) == 0, "a file gives nobody rights over a child"


def test_twice_the_same_file_changes_nothing(run):
    run(SMALL, "--apply")
    before = everything()
    versions = db.session.scalars(select(Person.version)).all()
    again = run(SMALL, "--apply", unit="troop 5")
    assert "There is nothing to change." in again.output
    assert "0 to add, 0 to change, 5 unchanged" in again.output
    assert everything() == before
    assert db.session.scalars(select(Person.version)).all() == versions


def test_a_second_file_changes_what_differs_and_says_so(run, roster):
    run(SMALL, "--apply")
    path = roster(youth(person("Zoé", "Holm", "2300201", Rank="Life", Patrol="Otters")))
    told = run(path)
    assert "Line 3: Zoé Holm: rank from Star to Life; patrol from Vikings to Otters." in told.output
    assert "4 people of Troop 5 not in this file" in told.output
    assert "1 changed" in run(path, "--apply").output
    zoe = db.session.scalar(select(Membership).where(Membership.member_number == "2300201"))
    assert (zoe.patrol.name, zoe.person.rank, zoe.person.version) == ("Otters", "Life", 2)
    entry = db.session.scalar(
        select(AuditEntry).where(AuditEntry.subject_id == zoe.person_id, AuditEntry.action.like("changed%"))
    )
    assert entry.changes == {"rank": ["Star", "Life"], "patrol": ["Vikings", "Otters"]}
    assert entry.actor_id is None


def test_a_broken_row_is_reported_with_its_line_and_the_rest_still_works(run, roster):
    path = roster(youth(person("Ava"), person("Ben", **{"Date of Birth": "soon"}), person("Cleo", Rank="x" * 300)))
    result = run(path, "--apply")
    assert result.exit_code == 0
    assert "Line 4: Date of Birth: “soon” is not a date." in result.output
    assert "Line 5: Rank:" in result.output
    assert sorted(db.session.scalars(select(Person.first_name))) == ["Ava", "Cleo"]


def test_a_file_without_one_usable_row_makes_no_unit_and_says_so(run, roster):
    result = run(roster(youth(person("Ava", **{"Date of Birth": "02/03/2114"}))), "--apply", unit="Troop 99")
    assert "Ava Holm: the date of birth is still to come." in result.output.replace("Line 3: ", "Ava Holm: ")
    assert "Troop 99 would be created" not in result.output
    assert "There is nothing to change." in result.output
    assert count(Unit) == 0


def test_an_unclear_row_is_left_alone(run, roster):
    unit = make_unit("Troop 5")
    known = make_person("Ava", "Holm", unit=unit, birth_date=None)
    result = run(roster(youth(person("Ava", "Holm", Rank="Star"))), "--apply")
    assert "Line 3: Ava Holm: somebody of this name is here already" in result.output
    assert (known.rank, count(Person)) == (None, 1)


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\x00\x01\x02" * 99, b"\x89PNG\r\n\x1a\n\xff\xfe", b"PK\x03\x04zip", b"hello, world\n", b"\xff\xfe\x00"],
)
def test_a_file_that_is_not_a_roster_gets_one_sentence(run, tmp_path, garbage):
    path = tmp_path / "something"
    path.write_bytes(garbage)
    before = everything()
    result = run(path, "--apply")
    assert result.exit_code == 1
    assert len(result.output.strip().splitlines()) == 1
    assert result.output.startswith("Error: This ")
    assert everything() == before


def test_too_large_a_file_is_refused_without_reading_it_all(run, tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as opened:
        opened.truncate(3 * 1024**3)
    result = run(path, "--apply")
    assert (result.exit_code, "larger than 10 MB" in result.output) == (1, True)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", ""])
def test_an_unknown_time_zone_is_refused(run, zone):
    result = run(SMALL, "--apply", "--time-zone", zone)
    assert (result.exit_code, "There is no time zone" in result.output) == (1, True)


def test_somebody_from_another_unit_joins_and_is_not_doubled(run, roster):
    pack = make_unit("Pack 3", kind="pack")
    ava = make_person("Ava", "Holm", unit=pack)
    db.session.scalar(select(Membership).where(Membership.person_id == ava.id)).member_number = "7"
    result = run(roster(youth(person("Ava", "Holm", "7"))), "--apply")
    assert "Ava Holm: joins the unit" in result.output
    assert (count(Person), count(Membership)) == (1, 2)


def test_a_guardian_whom_a_later_file_brings_is_connected_to_the_proposal(run, roster):
    child = youth(
        person("Ava", "Holm", "7", **{"Parent/Guardian Name": "Bo Holm", "Relationship": "(8) - Father of - Guardian"})
    )
    run(roster(child), "--apply")
    assert db.session.scalar(select(GuardianProposal.adult_id)) is None
    told = run(roster(adults(person("Bo", "Holm", "8")), child), "--apply")
    assert "guardian named: Bo Holm (is member 8)" in told.output
    assert db.session.scalar(select(GuardianProposal.adult_id)) == db.session.scalar(
        select(Person.id).where(Person.first_name == "Bo")
    )
    assert "nothing to change" in run(roster(adults(person("Bo", "Holm", "8")), child)).output


@pytest.mark.parametrize("refused", [{"Unit Number": "Pack 9"}, {"First Name": "Carl", "Last Name": "Berg"}])
def test_a_guardian_whose_own_row_is_left_alone_is_named_once_and_leads_to_nobody(run, roster, refused):
    run(roster(adults(person("Dora", "Lund", "8"))), "--apply")
    child = person("Ava", "Holm", "7", **{"Parent/Guardian Name": "Bo Holm", "Relationship": "(8) - Father of"})
    file = roster(adults(person("Bo", "Holm", "8") | refused), youth(child))
    told = run(file, "--apply")
    assert "1 added, 0 changed, 0 unchanged" in told.output
    assert "meanwhile" not in told.output
    (proposal,) = db.session.scalars(select(GuardianProposal))
    assert (proposal.name, proposal.adult_id) == ("Bo Holm", None)
    assert "nothing to change" in run(file, "--apply").output


def test_an_account_keeps_its_email_and_is_never_made_a_youth(run, roster):
    unit = make_unit("Troop 5")
    user = make_user("astrid@example.org")
    astrid = make_adult("Astrid", "Holm", unit=unit, user_id=user.id, email="astrid@example.org")
    db.session.scalar(select(Membership).where(Membership.person_id == astrid.id)).member_number = "7"
    result = run(roster(youth(person("Astrid", "Holm", "7"))), "--apply")
    assert "only adults have one" in result.output
    run(roster(adults(person("Astrid", "Holm", "7", Email="thief@example.org"))), "--apply")
    assert (user.email, astrid.kind) == ("astrid@example.org", "adult")


def test_a_unit_that_is_no_troop(run):
    run(SMALL, "--apply", unit="Pack 5")
    assert "rejected" in run(SMALL, unit="Pack 5").output
    assert run(SMALL, unit="1st Oxford").output.count("created as a group") == 1


def test_the_number_of_statements_does_not_grow_with_the_rows(run, roster, count_statements):
    def statements(rows):
        rows = [person(f"A{n}", f"Holm{n}", str(1000 + n), Patrol=f"P{n % 5}") for n in range(rows)]
        path = roster(youth(*rows))
        with count_statements() as first:
            run(path, "--apply")
        with count_statements() as second:
            run(path, "--apply")
        return len(first), len(second)

    small, large = statements(10), statements(500)
    assert large[1] == small[1] <= 21, "the plan and its rows are kept (docs/decisions/0010)"
    assert large[0] <= small[0] + 8, "inserts go in batches"


def test_two_imports_at_once_make_one_of_each(committed_db, tmp_path):
    import threading

    from app.members.importing.running import import_roster

    make = SMALL.read_bytes()
    problems = []

    def go():
        with committed_db.app.app_context():
            try:
                import_roster(make, "Troop 5", apply=True, actor=None, time_zone="America/Denver")
                db.session.commit()
            except Exception as problem:
                db.session.rollback()
                problems.append(problem)

    threads = [threading.Thread(target=go) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    with committed_db.app.app_context():
        assert (count(Unit), count(Person), count(Membership)) == (1, 5, 5)
    assert all("at the same moment" in str(problem) for problem in problems)
