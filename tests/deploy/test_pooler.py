"""Through PgBouncer in transaction mode: every transaction may get another of PostgreSQL's connections."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import text

from app import create_app
from app.config import Config
from app.doctor.examination import examine
from app.extensions import db
from bin.unprivileged import as_account, give_to
from tests.database import fresh_database, settings
from tests.deploy.browser import make_family_and_outing, sign_up, signed_in

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed")
CONNECTIONS = 2  # of PostgreSQL's, for everybody
FAMILIES = 6


@pytest.fixture(scope="module")
def direct():
    with fresh_database() as url:
        yield url


@pytest.fixture(scope="module")
def pooled(direct):
    """The address of the pooler in front of ``direct``."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="pool-", dir="/tmp") as folder:
        host = direct.query.get("host", direct.host)
        config = Path(folder, "pgbouncer.ini")
        config.write_text(
            f"[databases]\n{direct.database} = host={host} port={direct.port or 5432} dbname={direct.database}\n"
            f"[pgbouncer]\npool_mode = transaction\ndefault_pool_size = {CONNECTIONS}\nlisten_addr = 127.0.0.1\n"
            f"listen_port = {port}\nunix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {folder}/users\n"
            f"query_wait_timeout = 10\n"
        )
        Path(folder, "users").write_text(f'"{direct.username}" "{direct.password}"\n')
        # It refuses root, as postgres does, and must reach the socket of the server: it becomes whoever that belongs to.
        account = None
        if os.geteuid() == 0:
            account = pwd.getpwuid(Path(host).stat().st_uid) if host.startswith("/") else pwd.getpwnam("nobody")
        for path in (Path(folder), *Path(folder).iterdir()):
            give_to(account, path)
        pooler = subprocess.Popen([PGBOUNCER, "-q", config], stderr=subprocess.DEVNULL, **as_account(account))
        try:
            url = direct.set(host="127.0.0.1", port=port, query={})
            wait_for(url, pooler)
            yield url
        finally:
            pooler.terminate()
            pooler.wait(10)


def wait_for(url, pooler):
    deadline = time.monotonic() + 15
    while True:
        assert pooler.poll() is None, "pgbouncer ended"
        try:
            psycopg2.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)).close()
            return
        except psycopg2.OperationalError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.fixture(scope="module")
def site(pooled):
    app = create_app(Config.from_env(settings(pooled)))
    yield app
    with app.app_context():
        db.engine.dispose()


def test_families_sign_in_and_up_at_once(site, direct):
    made = [make_family_and_outing(site) for _ in range(FAMILIES)]
    with ThreadPoolExecutor(FAMILIES) as pool:
        pages = list(pool.map(lambda family: sign_up(signed_in(site, family[0]), *family[1:]), made))
    assert all("Ava and Noah are in." in page for page in pages)
    dsn = direct.set(drivername="postgresql").render_as_string(hide_password=False)
    with contextlib.closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM participants WHERE state = 'confirmed'")
        assert cursor.fetchone() == (2 * FAMILIES,)
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone()[0] <= CONNECTIONS, "more threads than connections: they were shared"


def test_no_statement_is_prepared_since_the_next_one_may_reach_another_connection(site, direct):
    """Nobody had to say that there is a pooler. Straight to PostgreSQL, the same code does prepare."""
    straight = create_app(Config.from_env(settings(direct)))
    for app, prepares in ((site, False), (straight, True)):
        with app.app_context(), db.engine.connect() as connection:
            assert connection.connection.dbapi_connection.prepares is prepares
        email, *what = make_family_and_outing(app)
        assert "Ava and Noah are in." in sign_up(signed_in(app, email), *what)
    with straight.app_context():
        db.engine.dispose()


def test_readiness_and_the_doctor_go_through_it_too(site, pooled):
    assert site.test_client().get("/readyz").status_code == 200
    env = settings(pooled)
    assert [finding for finding in examine(Config.from_env(env), env) if finding.wrong] == []


def test_a_request_has_its_limits_and_leaves_none_of_them_behind(pooled, direct):
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    show = text("SELECT " + ", ".join(f"current_setting('{name}')" for name in names))
    limits = {"DATABASE_LOCK_TIMEOUT": "1.5", "DATABASE_STATEMENT_TIMEOUT": "5", "DATABASE_IDLE_TIMEOUT": "4"}
    app = create_app(Config.from_env(settings(pooled) | limits))
    for _ in range(2):  # the pooler refuses at the first connection; from then on we know it
        with app.test_request_context():
            assert db.session.execute(show).one() == ("1500ms", "5s", "4s")
            db.session.rollback()
            db.engine.dispose()
    with app.app_context():
        assert db.session.execute(show).one() == ("0", "0", "0")
        db.session.remove()
        db.engine.dispose()
