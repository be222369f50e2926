"""The command ``flask seed-demo``, and its demo in bulk."""

import time

import pytest
from sqlalchemy import select

from app import create_app
from app.clock import now
from app.config import Config
from app.demo.bulk import Size, seed_bulk
from app.demo.seeding import is_empty, seed_demo
from app.errors import RuleBroken
from app.extensions import db
from app.identity.models import User
from app.outings.models import Outing
from app.outings.queries import outings_of
from app.signups.models import Participant
from app.signups.rules.book import open_book
from app.units.models import Unit
from tests.database import settings
from tests.factories import make_unit

PASSWORD = "a demo password"


def user(email):
    return db.session.scalars(select(User).where(User.email == email)).one()


def test_it_is_small_work(db_session):
    began = time.process_time()
    seed_demo(PASSWORD)
    assert time.process_time() - began < 3


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
