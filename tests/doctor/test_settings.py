"""A wrong configuration is diagnosed, though the site itself ends with one sentence about it."""

import os
import subprocess

import pytest
from click.testing import CliRunner

from app.config import Config
from app.doctor import settings
from app.doctor.cli import alone
from tests.database import ROOT, quick

KEY = "a9f3c2e1b8d7465091fe3a7cbd2468e0"
GOOD = {
    "APP_ENV": "production", "SECRET_KEY": KEY, "HEALTH_KEY": KEY[::-1], "DATABASE_URL": "postgresql://a:b@127.0.0.1:1/c",
}  # fmt: skip

SENDING = GOOD | {
    "SMTP_HOST": "smtp.example.org",
    "MAIL_FROM": "Troop 77 <trips@example.org>",
    "SITE_URL": "https://trips.example.org",
}


def texts(findings):
    return " | ".join(f"{finding.subject}: {finding.text}" for finding in findings)


def test_good_settings_are_left_alone():
    config, findings = settings.read(GOOD)
    assert findings == []
    assert config == Config.from_env(GOOD)


def test_every_fault_is_named_not_only_the_first():
    wrong = GOOD | {"SECRET_KEY": "short", "FLASK_DEBUG": "1", "LOG_FORMAT": "loud", "SECRET_KEY_FALLBACKS": "changeme"}
    config, findings = settings.read(wrong | {"PROXY_HOPS": "one", "APP_ENV": "live"})
    assert config is not None, "the database can still be looked at"
    assert config.database_url.host == "127.0.0.1"
    said = texts(findings)
    for name in ("APP_ENV", "SECRET_KEY is", "SECRET_KEY_FALLBACKS", "FLASK_DEBUG", "LOG_FORMAT", "PROXY_HOPS"):
        assert name in said
    assert len(findings) == 6


@pytest.mark.parametrize("wrong", [{"DATABASE_URL": ""}, {"DATABASE_URL": "mysql://a/b"}, {"DATABASE_URL": "nothing"}])
def test_without_a_database_the_rest_is_still_read(wrong):
    config, findings = settings.read(GOOD | wrong | {"SECRET_KEY": ""})
    assert config is None
    assert "DATABASE_URL" in texts(findings)
    assert "SECRET_KEY is missing. Make one" in texts(findings)


def test_a_name_that_other_applications_use_is_told_so():
    said = texts(settings.notes(Config.from_env(GOOD), GOOD | {"MAIL_SERVER": "smtp.example.org"}))
    assert "MAIL_SERVER is not read here" in said


def wrong(env):
    return texts(finding for finding in settings.notes(Config.from_env(env), env) if finding.wrong)


@pytest.mark.parametrize("missing", ["SMTP_HOST", "SITE_URL"])
def test_a_site_in_production_that_sends_no_mail_is_wrong(missing):
    assert missing in wrong(SENDING | {missing: ""})
    assert missing not in wrong(SENDING)
    assert missing not in wrong(SENDING | {missing: "", "APP_ENV": "development"})


def test_a_site_in_production_that_cannot_seal_health_notes_is_wrong():
    assert "HEALTH_KEY is missing" in wrong(SENDING | {"HEALTH_KEY": ""})
    assert "HEALTH_KEY" not in wrong(SENDING) + wrong(SENDING | {"HEALTH_KEY": "", "APP_ENV": "development"})


@pytest.mark.parametrize(
    "env",
    [
        {"SITE_URL": "trips.example.org"},
        {"SITE_URL": "http://trips.example.org"},
        {"SITE_URL": "https://trips.example.org/?a=b"},
        {"MAIL_FROM": ""},
        {"MAIL_FROM": "Troop 77"},
        {"MAIL_FROM": "a@example.org, b@example.org"},
        {"MAIL_FROM": "a@example.org\nBcc: b@example.org"},
        {"SMTP_TLS": "perhaps"},
        {"SMTP_PORT": "smtp"},
    ],
    ids=str,
)
def test_a_setting_for_mail_that_cannot_be_right(env):
    config, (finding,) = settings.read(SENDING | env)
    assert next(iter(env)) in finding.text
    assert config


def test_a_password_in_the_clear_is_worth_a_note():
    env = SENDING | {"SMTP_USER": "troop", "SMTP_PASSWORD": "secret", "SMTP_TLS": "none"}
    assert "in the clear" in texts(settings.notes(Config.from_env(env), env))


def test_any_host_name_is_worth_a_note_in_production():
    assert "TRUSTED_HOSTS" in texts(settings.notes(Config.from_env(GOOD), GOOD))
    named = SENDING | {"TRUSTED_HOSTS": "trips.example.org"}
    assert texts(settings.notes(Config.from_env(named), named)) == ""


def test_a_site_that_does_not_start_is_diagnosed_alone():
    environment = {**os.environ, **GOOD, "SECRET_KEY": "changeme"}
    done = subprocess.run(
        [quick("python"), "-m", "app.doctor"], cwd=ROOT, env=environment, text=True, capture_output=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == ""
    assert "WRONG  settings: SECRET_KEY is a well-known example" in done.stdout
    assert "WRONG  database: The database postgresql+psycopg2://a:***@127.0.0.1:1/c cannot be reached" in done.stdout
    assert done.stdout.endswith("4 things are wrong.\n")


def test_a_file_that_is_no_text_is_diagnosed_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("app.config.ROOT", tmp_path)
    monkeypatch.delenv("FLASK_SKIP_DOTENV")
    (tmp_path / ".env").write_bytes(b"MAIL_FROM=Pfadfinder M\xfcnchen\n")
    done = CliRunner().invoke(alone)
    assert done.output == "WRONG  settings: .env is not UTF-8; save it as UTF-8.\n1 thing is wrong.\n"
    assert done.exit_code == 1
