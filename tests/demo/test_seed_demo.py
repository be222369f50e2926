"""``flask seed-demo``."""

import time
from collections import Counter

import pytest
from sqlalchemy import func, select, text

from app import create_app
from app.clock import now, today
from app.config import Config
from app.demo.bulk import Size, seed_bulk
from app.demo.seeding import is_empty, seed_demo
from app.errors import RuleBroken
from app.extensions import db
from app.families.health.models import HealthNote
from app.families.models import Guardian, Person, age_on
from app.identity.models import User
from app.members.models import Membership
from app.outings.models import Outing
from app.outings.queries import outings_of
from app.outings.stage import Stage, stage_of
from app.signups.models import Consent, Participant, Signup
from app.signups.rules.book import open_book
from app.units.models import Role, Unit
from tests.database import settings
from tests.factories import make_unit

PASSWORD = "a demo password"


@pytest.fixture
def demo(db_session):
    counted = seed_demo(PASSWORD)
    db_session.commit()
    return counted


def user(email):
    return db.session.scalars(select(User).where(User.email == email)).one()


def test_the_promised_accounts_can_sign_in(demo, app, client):
    for email in ("leader@demo.example", "parent@demo.example", "parent001@demo.example", "parent038@demo.example"):
        assert app.test_client().post("/login", data={"login": email, "password": PASSWORD}).status_code == 303


def test_about_forty_families_of_real_shape(demo):
    assert db.session.scalar(select(func.count(func.distinct(Guardian.user_id)))) == 40
    own = db.session.scalars(select(Person).where(Person.user_id.is_not(None))).all()
    assert len(own) == 40
    assert len({person.last_name for person in own}) == 40
    homes = db.session.scalars(select(func.count()).select_from(Guardian).group_by(Guardian.person_id)).all()
    assert Counter(homes)[2] >= 3
    registered = Counter(db.session.scalars(select(Membership.registered).join(Person).where(Person.kind == "adult")))
    assert registered[True] > 10
    assert registered[False] > 0
    forms = db.session.scalars(select(Person.form_ab_until).where(Person.kind == "youth")).all()
    assert None in forms
    assert any(day and day < today() for day in forms)
    assert any(day and day > today() for day in forms)
    assert len(db.session.scalars(select(HealthNote)).all()) > 10


def test_the_parent_has_three_children_and_the_youngest_is_no_member(demo):
    children = db.session.scalars(
        select(Person)
        .join(Guardian)
        .where(Guardian.user_id == user("parent@demo.example").id)
        .order_by(Person.birth_date)
    ).all()
    assert [child.first_name for child in children] == ["Noah", "Ava", "Ella"]
    assert age_on(children[2].birth_date, today()) == 7
    members = set(db.session.scalars(select(Membership.person_id)))
    assert [child.id in members for child in children] == [True, True, False]


def test_the_leader_is_leader_and_admin_of_the_troop(demo):
    role = db.session.scalars(select(Role).where(Role.user_id == user("leader@demo.example").id)).one()
    assert (role.name, db.session.get(Unit, role.unit_id).name) == ("admin", "Troop 77")


def test_there_is_an_outing_in_every_stage(demo):
    outings = db.session.scalars(select(Outing)).all()
    assert {stage_of(outing, now()) for outing in outings} >= set(Stage) - {Stage.RUNNING}
    for outing in outings:
        db.session.refresh(outing)


def test_no_seat_is_oversold_and_none_is_free_while_somebody_waits_who_fits(demo):
    full = waiting = nearly = 0
    for outing in db.session.scalars(select(Outing)):
        book = open_book(outing)
        assert not any(book.limits.exceeded_by(book.used)), outing.title
        assert book.settle(None, {}) == [], outing.title
        waiting += bool(book.line)
        limit = outing.total_seats or ((outing.youth_seats or 0) + (outing.adult_seats or 0))
        full += bool(limit) and book.used.total >= limit
        nearly += bool(limit) and 0 < limit - book.used.total <= 4
    assert full >= 2
    assert waiting >= 2
    assert nearly >= 1


def test_parties_of_both_minds_wait_and_the_parent_sees_the_own_place(demo, client, sign_in):
    minds = db.session.scalars(select(Signup.together).join(Participant).where(Participant.state == "waiting")).all()
    assert set(minds) == {True, False}
    sign_in(client, user("parent@demo.example"))
    page = client.get("/outings").text
    assert "Noah is 2nd in line" in page
    assert "Ava and Noah are in" in page


def test_whoever_takes_part_may_and_whoever_must_has_consented(demo):
    rows = db.session.execute(
        select(Participant, Person, Outing)
        .join(Person, Person.id == Participant.person_id)
        .join(Outing, Outing.id == Participant.outing_id)
    ).all()
    consented = set(db.session.scalars(select(Consent.signup_id)))
    for participant, person, outing in rows:
        assert participant.kind == person.kind
        assert participant.created_at <= now()
        assert participant.created_at <= outing.starts_at
        if person.kind == "youth":
            assert participant.unit_id
            assert participant.signup_id in consented


def test_the_same_every_time(demo, db_session):
    def told():
        people = db_session.execute(select(Person.id, Person.first_name, Person.last_name).order_by(Person.id)).all()
        places = db_session.execute(select(Participant.id, Participant.person_id).order_by(Participant.id)).all()
        return people, places

    before = told()
    tables = ", ".join(db_session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))
    db_session.execute(text(f"TRUNCATE {tables.replace('alembic_version, ', '').replace(', alembic_version', '')}"))
    seed_demo(PASSWORD)
    assert told() == before


def test_it_is_small_work(db_session):
    began = time.process_time()
    seed_demo(PASSWORD)
    assert time.process_time() - began < 3


def test_every_page_of_it_can_be_read(demo, client, sign_in):
    sign_in(client, user("leader@demo.example"))
    for outing_id in db.session.scalars(select(Outing.id)).all():
        assert client.get(f"/outings/{outing_id}").status_code == 200
        assert client.get(f"/outings/{outing_id}/edit").status_code == 200
    assert client.get("/outings?when=past").status_code == 200


# --- the command


def run(app, *words, **environment):
    return app.test_cli_runner().invoke(args=["seed-demo", *words], env={"DEMO_PASSWORD": PASSWORD} | environment)


def test_the_command_prints_figures_accounts_and_no_given_password(app, db_session):
    ran = run(app)
    assert ran.exit_code == 0, ran.output
    assert "409 participants" in ran.output
    assert "leader@demo.example" in ran.output
    assert PASSWORD not in ran.output


def test_without_a_password_it_makes_one_and_prints_it_once(app, db_session, client):
    ran = run(app, DEMO_PASSWORD="")
    password = ran.output.split("Password: ")[1].split(" ")[0]
    assert len(password) >= 12
    assert client.post("/login", data={"login": "leader@demo.example", "password": password}).status_code == 303


def test_a_database_in_use_is_left_alone(app, db_session):
    make_unit("Ours")
    ran = run(app)
    assert ran.exit_code == 1
    assert ran.output == "Error: The database is in use; the demo goes into an empty one only.\n"
    quiet = run(app, "--if-empty")
    assert (quiet.exit_code, quiet.output) == (0, "")
    assert db_session.scalars(select(Unit.name)).all() == ["Ours"]


def test_a_site_admin_alone_leaves_it_empty(app, db_session):
    app.test_cli_runner().invoke(args=["seed-admin"])
    assert is_empty()
    assert run(app, "--if-empty", "--unit-name", "Troop 5").exit_code == 0
    assert db_session.scalars(select(Unit.name).order_by(Unit.name)).all() == ["Pack 5", "Troop 5"]


def test_never_in_production(app):
    environment = settings(app.config["SQLALCHEMY_DATABASE_URI"]) | {
        "APP_ENV": "production",
        "SECRET_KEY": "9f2c4e7a1b8d3f60" * 4,
    }
    ran = run(create_app(Config.from_env(environment)), "--if-empty")
    assert ran.exit_code == 1
    assert "does not run in production" in ran.output


def test_a_weak_password_is_refused(app, db_session):
    ran = run(app, DEMO_PASSWORD="short")
    assert ran.exit_code == 1
    assert "at least 12 characters" in ran.output
    assert is_empty()


# --- in bulk


def test_bulk_makes_what_was_asked_for_and_nothing_that_the_rules_forbid(db_session):
    counted = seed_bulk(Size(units=3, families=60, outings=40, participants=2000), PASSWORD)
    assert {name: counted[name] for name in ("units", "users", "people", "outings", "participants")} == {
        "units": 3, "users": 63, "people": 180, "outings": 40, "participants": 2000,
    }  # fmt: skip
    waiting = 0
    for outing in db_session.scalars(select(Outing)):
        book = open_book(outing)
        assert not any(book.limits.exceeded_by(book.used))
        assert book.settle(None, {}) == []
        waiting += len(book.line)
    assert waiting > 0
    assert db_session.scalars(select(Participant.unit_id)).all()


def test_the_accounts_of_the_bulk_see_their_outings(db_session):
    seed_bulk(Size(units=2, families=40, outings=60, participants=2400), PASSWORD)
    for email, coming in (("parent1001@demo.example", 22), ("leader1002@demo.example", 22)):
        found = outings_of(user(email), now())
        assert found.total >= coming
        assert len(found.rows) == 20


@pytest.mark.parametrize(
    ("size", "sentence"),
    [
        (Size(units=0, families=5), "Give --units"),
        (Size(units=9, families=5), "Give --units"),
        (Size(units=1, families=5, participants=9), "Give --outings"),
        (Size(units=1, families=5, outings=1, participants=16), "only 15 people in a unit"),
    ],
)
def test_numbers_that_do_not_go_together(db_session, size, sentence):
    with pytest.raises(RuleBroken, match=sentence):
        seed_bulk(size, PASSWORD)


def test_the_command_in_bulk(app, db_session):
    ran = run(app, "--units", "2", "--families", "10", "--outings", "4", "--participants", "40")
    assert ran.exit_code == 0, ran.output
    assert "449 participants" in ran.output
    assert "leader1001@demo.example leads Troop 1001" in ran.output
