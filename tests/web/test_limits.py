"""Requests are hurried; commands and migrations are not."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.config import Config, ConfigError
from app.extensions import db
from app.web.outages import is_outage
from tests.database import settings
from tests.web.test_outages import site_with

LIMITS = {"DATABASE_LOCK_TIMEOUT": "0.3", "DATABASE_STATEMENT_TIMEOUT": "0.5", "DATABASE_IDLE_TIMEOUT": "0.4"}
SHOW = text(
    "SELECT name, setting FROM pg_settings WHERE name IN"
    " ('lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout') ORDER BY 1"
)


@pytest.fixture
def hurried(committed_db):
    with site_with(committed_db.url, **LIMITS) as app:
        yield app


def limits():
    return {row.name: row.setting for row in db.session.execute(SHOW)}


def test_a_request_has_them(hurried):
    with hurried.test_request_context():
        assert limits() == {
            "lock_timeout": "300",
            "statement_timeout": "500",
            "idle_in_transaction_session_timeout": "400",
        }


def test_a_command_has_none(hurried):
    with hurried.app_context():
        assert set(limits().values()) == {"0"}


def test_a_statement_over_its_limit_is_an_outage_and_the_next_request_is_served(hurried):
    with hurried.test_request_context(), pytest.raises(DBAPIError) as slow:
        db.session.execute(text("SELECT pg_sleep(30)"))
    assert is_outage(slow.value)
    assert hurried.test_client().get("/login").status_code == 200


def test_a_request_that_falls_silent_loses_its_locks(hurried, committed_db):
    with hurried.test_request_context():
        backend = db.session.scalar(text("SELECT pg_backend_pid()"))
        with committed_db.app.app_context():
            gone = text(
                "DO $$ BEGIN WHILE EXISTS (SELECT FROM pg_stat_activity WHERE pid = "
                f"{backend}) LOOP PERFORM pg_sleep(0.02); PERFORM pg_stat_clear_snapshot(); END LOOP; END $$"
            )
            db.session.execute(gone)
        with pytest.raises(DBAPIError) as silent:
            db.session.execute(text("SELECT 1"))
    assert is_outage(silent.value)


def test_the_network_is_watched(hurried):
    arguments = hurried.config["SQLALCHEMY_ENGINE_OPTIONS"]["connect_args"]
    assert {"connect_timeout", "tcp_user_timeout", "keepalives_idle", "keepalives_interval"} <= arguments.keys()


@pytest.mark.parametrize("text_", ["-1", "soon", "1,5", "1e3", "99999"])
def test_a_limit_is_seconds(committed_db, text_):
    with pytest.raises(ConfigError, match="DATABASE_LOCK_TIMEOUT is"):
        Config.from_env(settings(committed_db.url) | {"DATABASE_LOCK_TIMEOUT": text_})
