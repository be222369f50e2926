"""``flask seed-admin``, and what a server in production looks for before it serves."""

import pytest
from sqlalchemy import insert, select

from app import create_app
from app.audit.models import AuditEntry
from app.config import Config, ConfigError
from app.errors import RuleBroken
from app.extensions import db, new_id
from app.identity import passwords
from app.identity.models import BrowserSession, User
from app.identity.rules.sessions import begin_session
from app.identity.seeding import seed_admin
from app.identity.startup import refuse_published_passwords
from tests.database import settings
from tests.factories import make_user

ADMIN = {"username": "admin", "email": "admin@scouttrips.local", "name": "Site admin"}
GOOD = "a good long password"


def seed(password=None, *, production=False, reset=False, **values):
    seeded = seed_admin(**ADMIN | values, password=password, production=production, reset=reset)
    db.session.flush()
    return seeded


@pytest.fixture
def run(app, db_session):
    """``run("seed-admin", ...)`` as on the command line of an application that is made for ``APP_ENV``."""

    def run(*words, **environment):
        return app.test_cli_runner().invoke(args=list(words), env=environment)

    return run


def test_in_development_the_published_password_opens_nothing_but_its_own_change(db_session, client):
    seeded = seed()
    assert (seeded.created, seeded.password) == (True, "admin123")
    assert (seeded.user.username, seeded.user.email) == ("admin", "admin@scouttrips.local")
    assert seeded.user.is_site_admin
    assert seeded.user.must_change_password
    for login in ("admin", "admin@scouttrips.local"):
        assert client.post("/login", data={"login": login, "password": "admin123"}).status_code == 303
        assert client.get("/").headers["Location"] == "/account/password"
        client.post("/logout")


def test_in_production_it_makes_a_password_that_nobody_knows(db_session):
    seeded = seed(production=True)
    assert len(seeded.password) >= 20
    assert seeded.user.must_change_password
    assert passwords.verify(seeded.user.password_hash, seeded.password)


def test_in_production_it_takes_a_given_one_and_does_not_print_it(db_session):
    seeded = seed(GOOD, production=True)
    assert seeded.password is None
    assert not seeded.user.must_change_password
    assert passwords.verify(seeded.user.password_hash, GOOD)


@pytest.mark.parametrize(
    ("password", "production"), [("admin123", True), ("short", True), ("short", False), ("aaaaaaaaaaaaaaaa", True)]
)
def test_a_password_that_will_not_do(db_session, password, production):
    with pytest.raises(RuleBroken):
        seed(password, production=production)
    assert db_session.scalars(select(User)).all() == []


@pytest.mark.parametrize("reset", [True, False])
def test_whoever_has_only_typed_the_address_does_not_run_the_site(db_session, reset):
    """Anybody who was invited as a guardian can have done so, long before or after there was an admin of that address."""
    stranger = make_user(ADMIN["email"], email_proved=False)
    with pytest.raises(RuleBroken, match="nobody has shown yet"):
        seed(GOOD, reset=reset)
    assert not stranger.is_site_admin
    stranger.email_proved = True
    assert seed(GOOD, reset=reset).user.is_site_admin


def test_the_log_says_that_the_command_made_a_site_admin(db_session):
    made, promoted = seed(GOOD).user, make_user("second@example.org")
    for _ in range(2):
        seed(GOOD, username="second", email="second@example.org")
    trail = select(AuditEntry.subject_id, AuditEntry.actor_id).where(AuditEntry.action == "site admin made")
    assert db_session.execute(trail.order_by(AuditEntry.id)).all() == [(made.id, None), (promoted.id, None)]


def test_a_second_run_changes_nothing(db_session):
    first = seed(GOOD).user
    before = first.password_hash
    again = seed("another good password", name="Somebody")
    assert (again.created, again.password, again.user.id) == (False, None, first.id)
    assert (first.password_hash, first.name) == (before, "Site admin")


def test_a_reset_sets_the_password_and_signs_the_admin_out(db_session):
    first = seed(GOOD).user
    begin_session(first, "Firefox on Linux", remembered=True)
    seed("another good password", reset=True)
    assert passwords.verify(first.password_hash, "another good password")
    assert db.session.scalars(select(BrowserSession)).all() == []


def test_every_value_can_be_another(db_session):
    user = seed(GOOD, username="chief", email="chief@troop77.example", name="The chief").user
    assert (user.username, user.email, user.name) == ("chief", "chief@troop77.example", "The chief")


@pytest.mark.parametrize("around", [" {} ", "{}\n", "{}\r\n"])
def test_blanks_around_a_value_are_not_part_of_it(db_session, client, around):
    values = {name: around.format(value) for name, value in ADMIN.items()}
    user = seed(GOOD, **values).user
    assert {name: getattr(user, name) for name in ADMIN} == ADMIN
    assert not seed(**values).created
    assert client.post("/login", data={"login": "admin", "password": GOOD}).status_code == 303


def test_an_account_that_is_there_becomes_the_admin(db_session):
    user = make_user("Admin@ScoutTrips.local")
    assert seed().user is user
    assert user.is_site_admin


def test_the_command_says_that_an_account_was_promoted(run, db_session):
    make_user("admin@scouttrips.local", name="Marit")
    promoted = "Marit <admin@scouttrips.local> was there already and is a site admin now; nothing else was changed.\n"
    assert run("seed-admin").output == promoted
    assert (
        run("seed-admin").output == "Site admin Marit <admin@scouttrips.local> is there already; nothing was changed.\n"
    )


def test_two_accounts_are_not_made_one(db_session):
    make_user("admin@scouttrips.local"), make_user("other@example.org", username="Admin")
    with pytest.raises(RuleBroken, match="two different accounts"):
        seed()


def test_the_advice_for_a_published_password_works_beside_an_account_of_the_usual_name(run, db_session):
    usual = seed(GOOD).user
    boss = make_user("boss@example.org", username="boss")
    for words, environment in (
        (["--email", "boss@example.org"], {"ADMIN_USERNAME": "admin", "ADMIN_EMAIL": "admin@scouttrips.local"}),
        (["--username", "Boss"], {}),
        ([], {"ADMIN_EMAIL": "Boss@example.org"}),
    ):
        boss.password_hash = ""
        ran = run("seed-admin", *words, "--reset-password", ADMIN_PASSWORD="another good password", **environment)
        assert ran.output == "Site admin boss <boss@example.org> is ready.\n"
        assert passwords.verify(boss.password_hash, "another good password")
    ran = run("seed-admin", "--email", "bos@example.org", "--reset-password")
    assert ran.output == "Error: There is no account 'bos@example.org', so no password was set.\n"
    assert passwords.verify(usual.password_hash, GOOD)


@pytest.mark.parametrize(
    "wrong",
    [{"email": "no-at"}, {"email": "@x"}, {"username": "a@b"}, {"username": " "}, {"name": ""}, {"name": "x" * 201}],
)
def test_what_the_database_would_refuse_is_a_sentence(db_session, wrong):
    with pytest.raises(RuleBroken, match="Give an email"):
        seed(**wrong)


def test_the_command_says_what_it_did(run, db_session):
    first = run("seed-admin")
    assert first.exit_code == 0
    assert "Site admin admin <admin@scouttrips.local> is ready." in first.output
    assert "Password: admin123 (shown this once" in first.output
    second = run("seed-admin")
    assert "is there already; nothing was changed." in second.output
    assert "Password" not in second.output


def test_the_command_reads_the_environment(run, db_session):
    values = {
        "ADMIN_USERNAME": "chief",
        "ADMIN_EMAIL": "chief@example.org",
        "ADMIN_NAME": "Chief",
        "ADMIN_PASSWORD": GOOD,
    }
    ran = run("seed-admin", **values)
    assert "Site admin chief <chief@example.org> is ready." in ran.output
    assert GOOD not in ran.output
    assert db_session.scalars(select(User)).one().name == "Chief"


def test_two_releases_at_the_same_moment_make_one_admin(committed_db, monkeypatch):
    def hash_when_the_other_is_through(password, make=passwords.hash_password):
        monkeypatch.undo()
        with db.engine.begin() as other:
            values = {"id": new_id(), "is_site_admin": True, "password_hash": make(GOOD)} | ADMIN
            other.execute(insert(User).values(values))
        return make(password)

    monkeypatch.setattr(passwords, "hash_password", hash_when_the_other_is_through)
    ran = committed_db.app.test_cli_runner().invoke(args=["seed-admin"])
    assert ran.output == "Site admin admin <admin@scouttrips.local> is there already; nothing was changed.\n"
    assert ran.exit_code == 0


def test_the_command_refuses_in_one_sentence(run, db_session):
    ran = run("seed-admin", "--password", "short")
    assert ran.exit_code == 1
    assert ran.output.startswith("Error: Use at least 12 characters")


@pytest.fixture
def production(committed_db):
    """An application in production over a database of its own."""
    environment = settings(committed_db.url) | {"APP_ENV": "production", "SECRET_KEY": "9f2c4e7a1b8d3f60" * 4}
    app = create_app(Config.from_env(environment))
    yield app
    with app.app_context():
        db.engine.dispose()


def test_production_does_not_serve_an_admin_with_the_published_password(production):
    with production.app_context():
        seed()
        db.session.commit()
    with pytest.raises(
        ConfigError, match=r"admin@scouttrips.local still has the published password 'admin123'.*--reset-password"
    ):
        refuse_published_passwords(production)
    with production.app_context():
        seed(GOOD, production=True, reset=True)
        db.session.commit()
    refuse_published_passwords(production)


def test_nor_anybody_else_who_was_given_it(production):
    with production.app_context():
        make_user("new@example.org", password_hash=passwords.hash_password("admin123"), must_change_password=True)
        db.session.commit()
    with pytest.raises(ConfigError, match=r"new@example\.org"):
        refuse_published_passwords(production)


def test_production_refuses_the_published_password_at_the_command(production):
    ran = production.test_cli_runner().invoke(args=["seed-admin", "--password", "admin123"])
    assert ran.exit_code == 1
    assert "is published in the documentation; choose another." in ran.output
    ran = production.test_cli_runner().invoke(args=["seed-admin"])
    assert ran.exit_code == 0
    assert "admin123" not in ran.output
    refuse_published_passwords(production)


def test_a_database_that_cannot_be_reached_does_not_keep_the_site_from_starting():
    environment = {
        "APP_ENV": "production", "SECRET_KEY": "9f2c4e7a1b8d3f60" * 4, "DATABASE_URL": "postgresql://u@127.0.0.1:1/none",
    }  # fmt: skip
    refuse_published_passwords(create_app(Config.from_env(environment)))


def test_development_serves_it():
    environment = {"APP_ENV": "development", "DATABASE_URL": "postgresql://u@127.0.0.1:1/none"}
    refuse_published_passwords(create_app(Config.from_env(environment)))


def test_production_headers_and_cookies(production):
    page = production.test_client().get("/login", base_url="https://scouts.example")
    assert page.headers["Strict-Transport-Security"].startswith("max-age=")
    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "Path=/" in cookie
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
