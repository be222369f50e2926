"""The site works as a role that can add to the audit log and change nothing in it."""

import contextlib

import psycopg2
import pytest
from sqlalchemy import URL

from app import create_app
from app.config import Config
from app.doctor.examination import examine
from app.extensions import db
from tests.database import execute, fresh_database, settings
from tests.deploy.browser import make_family_and_outing, sign_up, signed_in
from tests.deploy.manifests import ROOT

APPEND_ONLY = ("audit_entries", "health_reads")


def run_on(url: URL, script: str, app: str | None = None):
    """Run SQL; :"app" becomes the role, as psql does it."""
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with contextlib.closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(script.replace(':"app"', f'"{app}"'))
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module")
def owner():
    with fresh_database() as url:
        yield url


@pytest.fixture(scope="module")
def role(owner):
    """The address with which the site would be served."""
    name = f"{owner.database}_app"
    execute(f"CREATE ROLE \"{name}\" LOGIN PASSWORD 'only-for-tests'")
    for _ in range(2):  # it may be run again
        run_on(owner, (ROOT / "deploy" / "grants.sql").read_text(), name)
    yield owner.set(username=name, password="only-for-tests")
    run_on(owner, f'DROP OWNED BY "{name}"')
    execute(f'DROP ROLE "{name}"')


@pytest.fixture(scope="module")
def site(role):
    app = create_app(Config.from_env(settings(role)))
    yield app
    with app.app_context():
        db.engine.dispose()


def test_a_family_signs_in_and_up_and_the_trail_says_so(site, role):
    email, outing, children = make_family_and_outing(site)
    before = run_on(role, "SELECT count(*) FROM audit_entries")[0][0]
    page = sign_up(signed_in(site, email), outing, children)
    assert "Ava and Noah are in." in page
    assert run_on(role, "SELECT count(*) FROM audit_entries")[0][0] > before
    assert site.test_client().get("/readyz").status_code == 200


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET at = now()", "DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"])
def test_the_log_can_only_grow(role, table, statement):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        run_on(role, statement.format(table))


def test_the_schema_and_its_revision_are_the_owners(role):
    for statement in ("CREATE TABLE more (id int)", "ALTER TABLE users ADD x int", "DELETE FROM alembic_version"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            run_on(role, statement)


def test_an_account_that_is_deleted_leaves_its_entries(site, role):
    email, outing, children = make_family_and_outing(site)
    sign_up(signed_in(site, email), outing, children)
    user = f"(SELECT id FROM users WHERE email = '{email}')"
    count = f"SELECT count(*) FROM audit_entries WHERE actor_id = {user}"
    entries = run_on(role, count)[0][0]
    nameless = run_on(role, "SELECT count(*) FROM audit_entries WHERE actor_id IS NULL")[0][0]
    assert entries > 0
    run_on(
        role,
        f"DELETE FROM participants WHERE outing_id = '{outing}'; DELETE FROM signups WHERE outing_id = '{outing}';"
        f"UPDATE people SET user_id = NULL WHERE user_id = {user}; DELETE FROM users WHERE email = '{email}'",
    )
    assert run_on(role, "SELECT count(*) FROM audit_entries WHERE actor_id IS NULL")[0][0] == nameless + entries


def test_the_log_forgets_nobody_who_is_still_here(site, role):
    email, outing, children = make_family_and_outing(site)
    sign_up(signed_in(site, email), outing, children)
    # Other tests have deleted an account; this one's is there, and so are its children.
    read = "SELECT id, changes, reason FROM audit_entries WHERE subject_id IN (SELECT id FROM users) ORDER BY id"
    before = run_on(role, read)
    run_on(role, "SELECT forget_in_log(array_agg(subject_id)) FROM audit_entries")
    assert before
    assert run_on(role, read) == before
    # Only what is about somebody who is gone is emptied, and nothing else can change an entry.
    gone = "'00000000-0000-7000-8000-000000000000'::uuid"
    columns = "id, action, subject_type, subject_id, changes"
    values = f"gen_random_uuid(), 'gone', 'people', {gone}, '{{\"name\": [\"Ava\", null]}}'"
    run_on(role, f"INSERT INTO audit_entries ({columns}) VALUES ({values})")
    run_on(role, f"SELECT forget_in_log(ARRAY[{gone}])")
    assert run_on(role, "SELECT changes FROM audit_entries WHERE action = 'gone'") == [({"name": [None, None]},)]


def test_a_table_of_a_later_revision_can_be_used_at_once(owner, role):
    run_on(owner, "CREATE TABLE later (id int)")
    run_on(role, "INSERT INTO later VALUES (1); UPDATE later SET id = 2; DELETE FROM later")
    run_on(owner, "DROP TABLE later")


def test_the_doctor_is_content_with_the_role(site, role):
    # An account was deleted past the application above; what its children are found by is put right by the same role.
    assert site.test_cli_runner().invoke(args=["tidy"]).exit_code == 0
    env = settings(role) | {"APP_ENV": "production", "SECRET_KEY": "a9f3c2e1b8d7465091fe3a7cbd2468e0"}
    env |= {"TRUSTED_HOSTS": "trips.example.org", "SITE_URL": "https://trips.example.org"}
    env |= {
        "SMTP_HOST": "smtp.example.org",
        "MAIL_FROM": "trips@example.org",
        "HEALTH_KEY": "b82d60c417f9a35ee0d17c4296ab38f5",
    }
    assert [finding.subject for finding in examine(Config.from_env(env), env)] == ["backups"]
