"""``flask`` commands of ours, where the database is the matter."""

import psycopg2.errors
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app import create_app
from app.config import Config
from app.identity import cli
from bin.commands import CommandFailed, flask

NOWHERE = {"APP_ENV": "testing", "DATABASE_URL": "postgresql://me:secret@127.0.0.1:1/none"}


@pytest.mark.parametrize("command", ["seed-admin", "seed-demo", "tidy"])
def test_a_database_that_does_not_answer_is_one_sentence(command):
    ran = create_app(Config.from_env(NOWHERE)).test_cli_runner().invoke(args=[command])
    assert ran.exit_code == 1
    assert ran.output.startswith("Error: The database cannot be reached (")
    assert "DATABASE_URL" in ran.output
    assert len(ran.output.splitlines()) == 1
    assert "secret" not in ran.output


def test_an_argument_that_is_no_text_is_one_sentence(app, db_session):
    ran = app.test_cli_runner().invoke(args=["seed-admin", "--name", "J\udcfcrgen"])
    assert ran.exit_code == 2
    assert ran.output.endswith("Error: Invalid value for '--name': it is not UTF-8.\n")


def test_a_database_that_was_not_migrated_is_one_sentence(app, db_session):
    db_session.execute(text("ALTER TABLE users RENAME TO people_of_another_release"))
    ran = app.test_cli_runner().invoke(args=["seed-admin"])
    assert (ran.exit_code, ran.output) == (
        1,
        "Error: The database lacks tables of this release. Run: flask db upgrade\n",
    )


def test_another_fault_keeps_its_traceback(app, db_session, monkeypatch):
    def locked(**_):
        raise OperationalError("SELECT", {}, LockNotAvailable())

    class LockNotAvailable(psycopg2.errors.LockNotAvailable):
        pgcode = "55P03"

    monkeypatch.setattr(cli, "seed_admin", locked)
    assert isinstance(app.test_cli_runner().invoke(args=["seed-admin"]).exception, OperationalError)


def test_what_a_command_refuses_is_a_sentence_for_whoever_started_bin_run_too(app, db_session, capsys):
    with pytest.raises(CommandFailed, match="'flask seed-demo --password short' failed"):
        flask(app, "seed-demo", "--password", "short")
    said = capsys.readouterr().err
    assert "Use at least 12 characters" in said
    assert "Traceback" not in said
