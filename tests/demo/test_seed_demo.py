"""What ``flask seed-demo`` makes."""

from collections import Counter

import pytest
from sqlalchemy import func, select, text

from app.clock import now, today
from app.demo.seeding import seed_demo
from app.extensions import db
from app.families.health.models import HealthNote
from app.families.models import Guardian, Person, age_on
from app.identity.models import User
from app.members.models import Membership
from app.outings.models import Outing
from app.outings.stage import Stage, stage_of
from app.signups.models import Consent, Participant, Signup
from app.signups.rules.book import open_book
from app.units.models import Role, Unit
from tests.sites import lenient_site

PASSWORD = "a demo password"


@pytest.fixture(scope="module")
def app():
    """Of a site that has the demo in it, committed once."""
    with lenient_site() as site:
        with site.app.app_context():
            seed_demo(PASSWORD)
            db.session.commit()
            db.session.remove()
        yield site.app


@pytest.fixture
def demo(db_session):
    """The demo; what a test makes of it is undone."""


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


def test_every_page_of_it_can_be_read(demo, client, sign_in):
    sign_in(client, user("leader@demo.example"))
    for outing_id in db.session.scalars(select(Outing.id)).all():
        assert client.get(f"/outings/{outing_id}").status_code == 200
        assert client.get(f"/outings/{outing_id}/edit").status_code == 200
    assert client.get("/outings?when=past").status_code == 200
