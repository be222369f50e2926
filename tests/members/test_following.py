"""The words that a member is found by, and positions with their days: never stale, whoever writes and by which way."""

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, text, update

from app.clock import now, today
from app.doctor import members
from app.extensions import db
from app.families import guardians
from app.families.guardians import Rights
from app.families.models import Guardian, Person
from app.families.rules import PersonDetails, edit_person
from app.members.following import catch_up, fold, lagging, query_for, sql_fold
from app.members.importing.applying import apply
from app.members.importing.drafting import start
from app.members.importing.slices import go_on
from app.members.importing.undoing import undo
from app.members.models import Membership, Position
from app.members.rules.accounts import give_account
from app.members.rules.guardians import change_guardian
from app.members.rules.people import NewMember, add_member
from app.privacy.rules.removal import remove_account
from app.units.models import RoleName
from tests.factories import keep, make_adult, make_leader, make_patrol, make_person, make_unit, make_user

NAMES = (
    "Zoë O'Brien-Smith",
    "Søren ÅNGSTRÖM",
    "Łukasz Weiß",
    "a|b.c@d, \\e",
    "ﬁ ﬂ Ⅳ",
    "  ",
    "Ða\u2019Neïl\u2011Đ",
    "D\u2019O'Neill 'Bob' rock '' n`roll'",
    "1300113",
)


def found(unit, words):
    """Who is found, by first name."""
    wanted = (
        select(Person.first_name)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.unit_id == unit.id, Membership.search.bool_op("@@")(text("CAST(:q AS tsquery)")))
    )
    return sorted(db.session.scalars(wanted, {"q": query_for(unit.id, words)}))


def positions_of(person):
    rows = db.session.execute(
        select(Position.name, Position.since, Position.until)
        .join(Membership, Membership.id == Position.membership_id)
        .where(Membership.person_id == person.id)
        .order_by(Position.name, Position.since)
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("name", NAMES)
def test_python_and_the_database_fold_alike(db_session, name):
    made = f"SELECT array_remove(regexp_split_to_array({sql_fold('CAST(:name AS text)')}, E'\\\\s+'), '')"
    assert db.session.scalar(text(made), {"name": name}) == fold(name, kept=True)


def test_no_way_of_writing_leaves_the_words_behind(db_session):
    """Every path by which a name, a number, a patrol or a guardian changes; after each the words are as they should be."""
    unit = make_unit()
    admin = make_leader(unit, RoleName.ADMIN)
    patrol = make_patrol(unit, "Eulen")
    person, _ = add_member(
        admin, unit, NewMember(id=make_person().id.__class__(int=7), first_name="Zoë", last_name="O'Brien", kind="youth",
                               birth_date=date(now().year - 12, 1, 2), patrol_id=patrol.id, member_number="1300113")
    )  # fmt: skip
    for words in ("zoe", "obr", "o'brien", "1300", "EULEN zo", "brien zoé"):
        assert found(unit, words) == ["Zoë"], words
    parent = make_user(name="Astrid Weiß")

    def by_family():
        keep(Guardian(user_id=parent.id, person_id=person.id, may_see_health=False))
        edit_person(parent, person.id, PersonDetails("Zita", "Holm", birth_date=person.birth_date), person.version)

    def by_account():
        give_account(admin, unit, make_adult("Nora", "Berg", unit=unit).id, "nora@example.org", [person.id], [])

    def imported():
        csv = b"First name,Last name,Youth or adult,Member number,Patrol,Guardian\nZita,Bergman,Youth,1300113,Adler,Ole Ny\n"
        draft = start(None, unit, csv, "members.csv")
        assert go_on(draft, None, unit, patience=None)
        assert apply(draft, None, unit)
        return draft

    def taken_back():
        undo(drafts[0], None, unit)

    def renamed_account():
        parent.name = "Astrid Vik"
        db.session.flush()

    def renamed_patrol():
        patrol.name = "Falken"
        db.session.flush()

    def left():
        parent.leaves_at = now() - timedelta(days=1)
        db.session.flush()
        assert remove_account(parent.id)

    drafts = []
    steps = [
        (lambda: guardians.attach(make_user(name="Gro Li"), person.id, None, Rights()), "gro", None),
        (lambda: setattr(person, "first_name", "Zita"), "zita", "zoe"),
        (by_family, "zita weiss", "zoe"),
        (by_account, "zita nora", None),
        (renamed_account, "astrid vik", "weiss"),
        (lambda: drafts.append(imported()), "bergman adler ole", "eulen"),
        (taken_back, "holm eulen", "ole"),
        (renamed_patrol, "falk", "eulen"),
        (lambda: change_guardian(admin, unit.id, person, held("Gro Li"), None, Rights(), "moved"), "zita", "gro"),
        (left, "zita", "vik"),
    ]  # fmt: skip

    def held(name):
        return next(named.user_id for named in guardians.guardians_of(person.id) if named.name == name)

    for change, finds, no_longer in steps:
        change()
        db.session.flush()
        assert found(unit, finds) == [person.first_name], finds
        assert no_longer is None or found(unit, no_longer) == [], no_longer
        assert lagging() == 0, finds


def test_names_are_found_whole_and_in_parts(db_session):
    unit = make_unit()
    for first, last in (("Una", "O'Neill"), ("Ida", "ONeill"), ("Mia", "Smith-Jones"), ("Ann", "D\u2019Angelo-O'Hara")):
        make_person(first, last, unit=unit)
    for words, who in {
        "neill": ["Una"], "O'Neill": ["Ida", "Una"], "o\u2019nei": ["Ida", "Una"], "oneill": ["Ida", "Una"],
        "smith": ["Mia"], "jones": ["Mia"], "Smith-Jones": ["Mia"], "smith jo": ["Mia"],
        "hara": ["Ann"], "angelo": ["Ann"], "D'Angelo-O'Hara": ["Ann"],
    }.items():  # fmt: skip
        assert found(unit, words) == who, words
    assert lagging() == 0


def test_what_was_written_past_the_session_is_found_and_put_right(db_session):
    """As the release before does it, and whoever forgets to call ``follow``."""
    unit = make_unit()
    people = [make_person(name, "Holm", unit=unit) for name in ("Ava", "Noah", "Ella")]
    db.session.execute(update(Person).where(Person.id == people[0].id).values(first_name="Alma"))
    db.session.execute(
        update(Membership).where(Membership.person_id == people[1].id).values(search=None, position="Scribe")
    )
    assert lagging() == 2
    assert [finding.text for finding in members.check(db.session.connection())] == [
        "2 places of members are not found by what they are called now. Run: flask tidy"
    ]
    assert sum(catch_up(most=1)) == 2
    assert lagging() == 0
    assert found(unit, "alma") == ["Alma"]
    assert [name for name, _, _ in positions_of(people[1])] == ["Scribe"]
    db.session.execute(delete(Person).where(Person.id == people[2].id))
    assert lagging() == 0


def test_positions_have_days(db_session):
    unit = make_unit()
    person = make_person(unit=unit)
    place = db.session.scalars(select(Membership).where(Membership.person_id == person.id)).one()
    day = today(unit.time_zone)

    def hold(position):
        place.position = position
        db.session.flush()

    hold("Scribe | Patrol Leader")
    assert positions_of(person) == [("Patrol Leader", day, None), ("Scribe", day, None)]
    # A typing error of the same day never was.
    hold("Scribe")
    assert positions_of(person) == [("Scribe", day, None)]
    db.session.execute(update(Position).values(since=day - timedelta(days=90)))
    hold("Bugler")
    assert positions_of(person) == [("Bugler", day, None), ("Scribe", day - timedelta(days=90), day)]
    # Taken back on the same day: as if nothing had been.
    hold("Scribe")
    assert positions_of(person) == [("Scribe", day - timedelta(days=90), None)]
    place.until = day
    db.session.flush()
    assert positions_of(person) == [("Scribe", day - timedelta(days=90), day)]
