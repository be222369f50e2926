"""Each thing that can be wrong with a database is made wrong, for real, and must be said."""

import os
import shutil
import socket
import subprocess
import sys
import time
from datetime import timedelta

import psycopg2
import pytest
from sqlalchemy import create_engine, text

from app import clock
from app.config import Config
from app.doctor import examination, schema
from app.doctor.examination import examine
from app.extensions import db
from app.identity import passwords
from app.mail import send
from tests.database import ROOT, empty_database, execute, flask, fresh_database, settings
from tests.factories import make_unit, make_user

KEY = "a9f3c2e1b8d7465091fe3a7cbd2468e0"


@pytest.fixture
def url():
    with fresh_database() as url:
        yield url


def look(url, app_env="testing", **options):
    env = settings(url) | {
        "APP_ENV": app_env,
        "SECRET_KEY": KEY,
        "HEALTH_KEY": KEY[::-1],
        "SITE_URL": "https://trips.example.org",
    }
    env |= {"SMTP_HOST": "smtp.example.org", "MAIL_FROM": "trips@example.org"}
    return list(examine(Config.from_env(env), env, **options))


def wrong(findings):
    return [f"{finding.subject}: {finding.text}" for finding in findings if finding.wrong]


def noted(findings):
    return [f"{finding.subject}: {finding.text}" for finding in findings if not finding.wrong]


def run(url, statement):
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_a_healthy_database_has_nothing_wrong_and_the_command_says_so(url):
    assert wrong(look(url)) == wrong(look(url)) == [], "the look itself leaves nothing behind"
    done = flask("doctor", url=url)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("All is well.\n")
    command = [sys.executable, "-m", "app.doctor"]
    alone = subprocess.run(
        command, cwd=ROOT, env=os.environ | settings(url), text=True, capture_output=True, check=False
    )
    assert (alone.returncode, alone.stdout, alone.stderr) == (0, done.stdout, ""), (
        "without an application it says the same"
    )


def test_unreachable(url):
    (finding,) = wrong(look(url.set(database="nowhere_at_all")))
    assert 'database "nowhere_at_all" does not exist' in finding
    assert "POSTGRES_SERVER" in finding
    assert url.password not in finding


def test_a_server_that_never_answers_is_given_up(monkeypatch):
    monkeypatch.setattr("app.doctor.examination.CONNECT", 2)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        env = {"APP_ENV": "testing", "DATABASE_URL": f"postgresql://a:b@127.0.0.1:{deaf.getsockname()[1]}/c"}
        began = time.monotonic()
        (finding,) = wrong(examine(Config.from_env(env), env))
        assert time.monotonic() - began < 10
    assert "cannot be reached" in finding


@pytest.mark.usefixtures("known_models")
def test_a_locked_table_is_given_up(url, monkeypatch):
    monkeypatch.setattr(examination, "LIMITS", examination.LIMITS.replace("'2s'", "'300ms'"))
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg2.connect(dsn)
    connection.cursor().execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
    began = time.monotonic()
    findings = wrong(look(url))
    connection.close()
    assert time.monotonic() - began < 10
    assert any("lock timeout" in finding for finding in findings)


def test_empty():
    with empty_database() as url:
        assert wrong(look(url)) == ["revisions: The database is empty. Run: flask db upgrade"]


def test_tables_without_a_revision(url):
    run(url, "DELETE FROM alembic_version")
    assert "flask db stamp" in wrong(look(url))[0]


def test_behind(url, tmp_path):
    migrations = with_revision(tmp_path, "aaaaaaaaaaaa", schema.ScriptDirectory(ROOT / "migrations").get_current_head())
    (finding,) = wrong(look(url, migrations=migrations))
    assert "The database is behind" in finding
    assert "aaaaaaaaaaaa" in finding
    assert finding.endswith("Run: flask db upgrade")


def test_ahead(url):
    run(url, "UPDATE alembic_version SET version_num = 'ffffffffffff'")
    (finding,) = wrong(look(url))
    assert "ahead of this code: it is at ffffffffffff" in finding


def test_two_heads(url, tmp_path):
    head = schema.ScriptDirectory(ROOT / "migrations").get_current_head()
    with_revision(tmp_path, "aaaaaaaaaaaa", head)
    migrations = with_revision(tmp_path, "bbbbbbbbbbbb", head)
    findings = wrong(look(url, migrations=migrations))
    assert "flask db merge -m 'merge' aaaaaaaaaaaa bbbbbbbbbbbb" in findings[0]


def with_revision(folder, name, after):
    """The project's migrations and one more, which does nothing."""
    copy = folder / "migrations"
    if not copy.exists():
        shutil.copytree(ROOT / "migrations", copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "versions" / f"{name}.py").write_text(f"revision = {name!r}\ndown_revision = {after!r}\n")
    return copy


DRIFT = {
    "ALTER TABLE users ADD COLUMN shoe_size int": "The column shoe_size of the table users is in the database",
    "ALTER TABLE units ALTER COLUMN name DROP NOT NULL": "The column name of the table units is in the database text,",
    "ALTER TABLE users ALTER COLUMN is_site_admin SET DEFAULT true": "The column is_site_admin of the table users",
    "DROP INDEX uq_users_email_lower": "The index uq_users_email_lower of the table users is missing",
    "ALTER TABLE users DROP CONSTRAINT ck_users_name_length;"
    "ALTER TABLE users ADD CONSTRAINT ck_users_name_length CHECK (length(name) < 999)": (
        "The constraint ck_users_name_length of the table users is in the database CHECK (length(name) < 999)"
    ),
    "DROP INDEX uq_participants_live; CREATE UNIQUE INDEX uq_participants_live ON participants (outing_id, person_id)": (
        "The index uq_participants_live of the table participants"
    ),
    "CREATE TABLE leftovers (id int)": "The column id of the table leftovers is in the database, but not in the models",
}


def test_drift(url):
    run(url, ";".join(DRIFT))
    findings = wrong(look(url))
    assert len(findings) == len(DRIFT), "each change is one difference"
    assert [said for said in DRIFT.values() if not any(said in finding for finding in findings)] == []


def test_a_role_that_may_make_no_temporary_tables_gets_a_note(url):
    role = url.database
    execute(f"CREATE ROLE \"{role}\" LOGIN PASSWORD 'x'")
    try:
        run(url, f'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{role}"')
        run(url, f'REVOKE TEMPORARY ON DATABASE "{url.database}" FROM PUBLIC')
        findings = look(url.set(username=role, password="x"))
        assert wrong(findings) == []
        assert any("not compared" in said for said in noted(findings))
        run(url, f'REVOKE SELECT ON alembic_version FROM "{role}"')
        assert "may not read the table alembic_version" in wrong(look(url.set(username=role, password="x")))[0]
    finally:
        run(url, f'DROP OWNED BY "{role}"')
        execute(f'DROP ROLE "{role}"')


@pytest.mark.usefixtures("known_models")
def test_the_published_password(committed_db):
    with committed_db.app.app_context():
        published = passwords.hash_password(passwords.PUBLISHED_DEFAULT)
        make_user("admin@example.org", is_site_admin=True, password_hash=published)
        make_user("fine@example.org", is_site_admin=True)
        db.session.commit()
    (finding,) = wrong(look(committed_db.url, "production"))
    assert "flask seed-admin --email admin@example.org --reset-password" in finding
    assert wrong(look(committed_db.url, "development")) == [], "in development it is a note"


@pytest.mark.usefixtures("known_models")
def test_mails_that_no_worker_sends(committed_db):
    with committed_db.app.app_context():
        send("marit@example.org", "Hello", "identity/mail/new_device")
        db.session.commit()
    assert wrong(look(committed_db.url)) == []
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        said = [line for line in wrong(look(committed_db.url)) if line.startswith("mail")]
    assert said == [
        "mail: 1 mail waits, the oldest for 11 minutes: no worker runs, or it cannot keep up. Start one with: flask worker"
    ]


@pytest.mark.usefixtures("known_models")
def test_clocks_that_differ(url):
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        (finding,) = wrong(look(url))
    assert "behind this machine's" in finding


@pytest.mark.usefixtures("known_models")
def test_a_time_zone_that_nobody_knows(committed_db):
    with committed_db.app.app_context():
        make_unit(time_zone="America/Chicago")
        make_unit(time_zone="Mars/Olympus")
        db.session.commit()
    (finding,) = wrong(look(committed_db.url))
    assert "'Mars/Olympus', which Python does not know" in finding


@pytest.mark.usefixtures("known_models")
def test_old_time_zone_rules(committed_db, monkeypatch):
    with committed_db.app.app_context():
        make_unit(time_zone="America/Chicago")
        db.session.commit()
    real = clock.ZoneInfo
    monkeypatch.setattr("app.doctor.database.ZoneInfo", lambda name: real("America/Denver"))
    (finding,) = wrong(look(committed_db.url))
    assert "differ about America/Chicago" in finding


def test_text_that_is_not_utf8(url):
    name = f"{url.database}_ascii"
    execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'")
    try:
        assert "ENCODING 'UTF8'" in wrong(look(url.set(database=name)))[0]
    finally:
        execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.usefixtures("known_models")
def test_the_time_since_the_last_backup(url, tmp_path):
    mark = tmp_path / "last-backup"
    assert "no backup mark" in wrong(look(url, mark=str(mark)))[0]
    mark.touch()
    assert wrong(look(url, mark=str(mark))) == []
    two_days_ago = time.time() - 48 * 3600
    os.utime(mark, (two_days_ago, two_days_ago))
    assert wrong(look(url, mark=str(mark))) == [
        "backups: The last backup is 48 hours old. Look at the log of its timer; run it now."
    ]
    assert wrong(look(url, mark=str(mark), hours=72)) == []
    assert any("BACKUP_MARK" in said for said in noted(look(url)))


@pytest.mark.usefixtures("known_models")
def test_a_role_that_could_change_the_audit_log_is_worth_a_note_in_production(url):
    findings = look(url, "production")
    assert wrong(findings) == []
    assert any("rows of health_reads" in said for said in noted(findings))
    assert not any("health_reads" in said for said in noted(look(url)))


@pytest.mark.usefixtures("known_models")
def test_health_notes_that_nobody_can_open_are_wrong_and_those_that_wait_for_a_key_are_not(url):
    people = "INSERT INTO people (id, first_name, last_name, kind) VALUES ('{0}', 'A', 'B', 'youth')"
    note = "INSERT INTO health_notes (person_id, sealed, key_id, diet) VALUES ('{0}', {1}, {2}, {3})"
    for number, values in enumerate((("'x'", "'00000000'", "NULL"), ("NULL", "NULL", "'vegan'"))):
        person = f"00000000-0000-7000-8000-00000000000{number}"
        run(url, people.format(person))
        run(url, note.format(person, *values))
    findings = look(url)
    assert [said.split(".")[0] for said in wrong(findings)] == [
        "health notes: 1 health notes open with no key that is set"
    ]
    assert any("1 health notes are not sealed with the newest key yet" in said for said in noted(findings))
