"""What the environment may say, and what the application refuses to start with."""

import errno
import os
import runpy
import shutil
import subprocess
import sys

import pytest
from psycopg2.extensions import parse_dsn

from app.addresses import for_libpq
from app.config import ROOT, Config, ConfigError, environment
from app.web.worker import ShortLine

GOOD_KEY = "9f2c4e7a1b8d3f60" * 4
PRODUCTION = {"APP_ENV": "production", "DATABASE_URL": "postgresql://u:p@db/scouts", "SECRET_KEY": GOOD_KEY}


def config(**changes):
    return Config.from_env({name: value for name, value in (PRODUCTION | changes).items() if value is not None})


def test_a_sound_production_configuration_starts():
    assert config().is_production


def test_whoever_says_nothing_gets_production():
    assert config(APP_ENV=None).is_production


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": GOOD_KEY[:31]}, "SECRET_KEY is shorter than 32"),
        ({"SECRET_KEY": "a" * 64}, "SECRET_KEY is a well-known example or too simple"),
        ({"SECRET_KEY": "changeme-changeme-changeme-changeme-1234"}, "SECRET_KEY is a well-known example"),
        ({"SECRET_KEY": "for-development-only-never-in-production"}, "SECRET_KEY is a well-known example"),
        ({"SECRET_KEY": "your-secret-key-goes-here-0123456789"}, "SECRET_KEY is a well-known example"),
        ({"HEALTH_KEY": GOOD_KEY}, "HEALTH_KEY is the same as SECRET_KEY"),
        ({"HEALTH_KEY": "short"}, "HEALTH_KEY is a well-known example or too simple"),
        ({"HEALTH_KEY_FALLBACKS": GOOD_KEY[:31]}, "HEALTH_KEY_FALLBACKS is shorter"),
        ({"SECRET_KEY_FALLBACKS": GOOD_KEY[:31]}, "SECRET_KEY_FALLBACKS is shorter"),
        ({"SECRET_KEY_FALLBACKS": f"{GOOD_KEY},changeme"}, "SECRET_KEY_FALLBACKS is a well-known"),
        ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG is on"),
        ({"FLASK_DEBUG": "true"}, "FLASK_DEBUG is on"),
        ({"DATABASE_URL": None}, "set DATABASE_URL, or POSTGRES_SERVER"),
        ({"DATABASE_URL": "sqlite:///x.db"}, "runs on postgresql"),
        ({"DATABASE_URL": "mysql://u@h/db"}, "runs on postgresql"),
        ({"DATABASE_URL": "not a url"}, "DATABASE_URL cannot be read"),
        ({"DATABASE_URL": "postgresql://h:port/db"}, "DATABASE_URL cannot be read"),
        ({"APP_ENV": "prod"}, "APP_ENV is 'prod'"),
        ({"APP_ENV": ""}, "APP_ENV is ''"),
        ({"PROXY_HOPS": "one"}, "PROXY_HOPS is 'one'"),
        ({"WEB_THREADS": "-4"}, "WEB_THREADS is '-4'"),
        ({"WEB_THREADS": "0"}, "WEB_THREADS is 0; it takes 1 or more"),
        ({"WEB_CONCURRENCY": "x"}, "WEB_CONCURRENCY is 'x'; it takes a whole number"),
        ({"METRICS_PORT": "99999"}, "METRICS_PORT is 99999; it takes 65535 at most"),
        ({"SESSION_DAYS": "9" * 5000}, "it takes 99999 at most"),
        ({"PREPARED_STATEMENTS": "maybe"}, "PREPARED_STATEMENTS is 'maybe'"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL is 'loud'"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT is 'xml'"),
    ],
)
def test_each_bad_setting_is_refused_by_name(wrong, named):
    with pytest.raises(ConfigError) as refusal:
        config(**wrong)
    assert named in str(refusal.value)


@pytest.mark.parametrize("secret", [GOOD_KEY[:31], "a" * 64, "changeme-changeme-changeme-changeme-1234"])
def test_a_refused_key_is_not_printed(secret):
    with pytest.raises(ConfigError) as refusal:
        config(SECRET_KEY=secret)
    assert secret not in str(refusal.value)


def test_neither_does_the_configuration_print_its_secrets():
    shown = repr(config(SECRET_KEY_FALLBACKS="1b8d3f609f2c4e7a" * 4))
    assert GOOD_KEY not in shown
    assert "1b8d3f609f2c4e7a" not in shown
    assert ":p@" not in shown


def test_development_forgives_a_missing_key_and_debug():
    assert config(APP_ENV="development", SECRET_KEY=None, FLASK_DEBUG="1").secret_key


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_spelling_of_the_address_means_the_same_driver(scheme):
    url = config(DATABASE_URL=f"{scheme}://u:p%40ss@db:6543/scouts?sslmode=require").database_url
    assert url.drivername == "postgresql+psycopg2"
    assert (url.password, url.port, url.database, url.query["sslmode"]) == ("p@ss", 6543, "scouts", "require")


def test_the_parts_of_an_address():
    parts = {
        "POSTGRES_SERVER": "db", "POSTGRES_USER": "u", "POSTGRES_PASSWORD": "p@ss/word", "POSTGRES_DB": "scouts",
        "POSTGRES_PORT": "6543",
    }  # fmt: skip
    url = config(DATABASE_URL=None, **parts).database_url
    assert (url.host, url.username, url.password, url.database, url.port) == ("db", "u", "p@ss/word", "scouts", 6543)
    assert config(DATABASE_URL=None, POSTGRES_SERVER="db").database_url.port == 5432
    with pytest.raises(ConfigError, match="POSTGRES_PORT is 'x'"):
        config(DATABASE_URL=None, **parts | {"POSTGRES_PORT": "x"})


@pytest.mark.parametrize("server", ["db", "::1", "/var/run/my postgresql"])
def test_a_host_or_the_folder_of_a_socket_is_one_however_the_address_is_read(server):
    url = config(DATABASE_URL=None, POSTGRES_SERVER=server, POSTGRES_USER="u", POSTGRES_PORT="6543").database_url
    _, by_sqlalchemy = url.get_dialect()().create_connect_args(url)
    by_libpq = parse_dsn(for_libpq(url))
    assert (by_sqlalchemy["host"], str(by_sqlalchemy["port"])) == (server, "6543")
    assert (by_libpq["host"], by_libpq["port"]) == (server, "6543")


def test_options_and_a_password_reach_the_library_of_postgresql_as_they_are():
    url = config(DATABASE_URL="postgres://u:a%20b%2Bc@db/scouts?options=-c%20work_mem%3D8MB").database_url
    read = parse_dsn(for_libpq(url))
    assert (read["password"], read["options"]) == ("a b+c", "-c work_mem=8MB")


def test_the_address_as_a_whole_goes_before_its_parts():
    assert config(POSTGRES_SERVER="elsewhere").database_url.host == "db"


def test_cookies_are_for_tls_in_production_and_for_plain_http_in_development():
    production, development = config().flask_settings(), config(APP_ENV="development").flask_settings()
    assert (production["SESSION_COOKIE_NAME"], production["SESSION_COOKIE_SECURE"]) == ("__Host-session", True)
    assert (development["SESSION_COOKIE_NAME"], development["SESSION_COOKIE_SECURE"]) == ("session", False)
    assert production["SESSION_COOKIE_HTTPONLY"] is True
    assert production["SESSION_COOKIE_SAMESITE"] == "Lax"


@pytest.fixture
def env_file(tmp_path, monkeypatch):
    """``.env`` of a folder in which there was none."""
    monkeypatch.delenv("FLASK_SKIP_DOTENV", raising=False)
    monkeypatch.setattr("app.config.ROOT", tmp_path)
    return tmp_path / ".env"


def test_the_file_is_read_and_the_environment_of_the_process_goes_before_it(env_file, monkeypatch):
    for name in ("SMTP_USER", "MAIL_FROM", "SMTP_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SITE_URL", "https://of.the.process")
    monkeypatch.setenv("SMTP_HOST", "")
    env_file.write_bytes(
        b"# of this machine\r\nSITE_URL=https://of.the.file\r\nSMTP_HOST=mail.example\r\nexport SMTP_USER=troop # 77\r\n"
        b"MAIL_FROM=\"Troop 77 <trips@example.org>\"\r\nSMTP_PASSWORD='pa$$ #1'\r\n"
    )
    found = environment()
    assert (found["SITE_URL"], found["SMTP_HOST"]) == ("https://of.the.process", "")
    assert (found["SMTP_USER"], found["MAIL_FROM"]) == ("troop", "Troop 77 <trips@example.org>")
    assert found["SMTP_PASSWORD"] == "pa$$ #1"
    monkeypatch.setenv("FLASK_SKIP_DOTENV", "1")
    assert environment() == dict(os.environ), (
        "as flask has it; a test run sets it, so that nobody's own file changes its outcome"
    )


def test_an_example_that_was_copied_needs_nothing_but_a_database(env_file, monkeypatch):
    for name in set(os.environ) - {"PATH"}:
        monkeypatch.delenv(name)
    shutil.copy(ROOT / ".env.example", env_file)
    with pytest.raises(ConfigError, match="No database is configured"):
        Config.load()
    monkeypatch.setenv("DATABASE_URL", "postgres://u@db/scouts")
    assert Config.load() == Config.from_env({"APP_ENV": "development", "DATABASE_URL": "postgres://u@db/scouts"})


def test_a_file_that_is_no_text_is_a_sentence(env_file):
    env_file.write_bytes(b"MAIL_FROM=Pfadfinder M\xfcnchen\n")
    with pytest.raises(ConfigError, match=r"\.env is not UTF-8"):
        environment()


def test_a_file_that_is_somebody_elses_is_a_sentence(env_file, monkeypatch):
    def refused(_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("app.config.dotenv_values", refused)  # root may read everything
    with pytest.raises(ConfigError, match=r"\.env cannot be read: Permission denied\.$"):
        environment()


def of_gunicorn():
    return runpy.run_path(str(ROOT / "gunicorn.conf.py"))


def test_gunicorn_reads_the_same_file_so_that_pool_and_threads_agree(env_file, monkeypatch):
    monkeypatch.setattr(ShortLine, "patience", ShortLine.patience)
    for name in ("BIND", "PORT", "WEB_CONCURRENCY", "WEB_THREADS", "WEB_PATIENCE"):
        monkeypatch.delenv(name, raising=False)
    usual = of_gunicorn()
    assert (usual["bind"], usual["workers"], usual["threads"], ShortLine.patience) == ("0.0.0.0:5000", 2, 4, 1)
    assert usual["threads"] == config().pool_size
    env_file.write_text("PORT=8000\nWEB_CONCURRENCY=\nWEB_THREADS=7\nWEB_PATIENCE=2.5\n")
    found = of_gunicorn()
    assert (found["bind"], found["workers"], found["threads"], ShortLine.patience) == ("0.0.0.0:8000", 2, 7, 2.5)
    monkeypatch.setenv("WEB_THREADS", "many")
    with pytest.raises(SystemExit, match="does not start: WEB_THREADS is 'many'"):
        of_gunicorn()
    monkeypatch.setenv("WEB_CONCURRENCY", "0")
    with pytest.raises(SystemExit, match="does not start: WEB_CONCURRENCY is 0; it takes 1 or more"):
        of_gunicorn()


def test_the_process_ends_with_one_sentence_and_no_traceback():
    environment = {"PATH": os.environ["PATH"], "APP_ENV": "production", "DATABASE_URL": "postgresql://u@h/db"}
    environment["FLASK_SKIP_DOTENV"] = "1"
    ended = subprocess.run(
        [sys.executable, "-c", "import wsgi"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )
    assert ended.returncode != 0
    assert ended.stderr.startswith("Scouting Outing Manager does not start: SECRET_KEY is missing.")
    assert "Traceback" not in ended.stderr
