"""Figures of a real gunicorn with two workers, as Prometheus reads them; and what is counted when."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as NoConnection

from app import create_app
from app.config import Config
from app.extensions import db
from app.telemetry import metrics, serving
from app.web.health import revisions
from tests.database import ROOT, quick, settings
from tests.deploy.browser import make_family_and_outing
from tests.factories import PASSWORD
from tests.telemetry.visitor import Visitor, free_port, served

MOST_RESIDENT = 120  # megabytes of a worker


def test_two_workers_are_counted_as_one_site(committed_db, tmp_path):
    email, outing, children = make_family_and_outing(committed_db.app)
    with committed_db.app.app_context():
        db.session.execute(text("UPDATE outings SET total_seats = 1"))
        db.session.commit()
    with served(committed_db.url, tmp_path, APP_ENV="testing", LOG_FORMAT="json") as site:
        visitor = Visitor(site.base)
        assert visitor.get("/readyz").status == 200
        assert visitor.post("/login", login=email, password="wrong").status == 422
        assert visitor.post("/login", login=email, password=PASSWORD).status == 200
        page = f"/outings/{outing}/signup"
        fields = {"people": children, "submission": uuid.uuid4(), "consent": "1", "seen": ""}
        for _ in range(2):  # the second arrival of the same form changes nothing
            assert visitor.post(page, **fields).status == 200
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: Visitor(site.base).get("/login?next=/quill-nightingale"), range(40)))
        Visitor(site.base).get("/nowhere/quill-nightingale")

        found = site.figures()
        assert found["scouting_requests_total", "GET", "/login", "200"] == 42
        assert found["scouting_request_seconds_count", "GET", "/login"] == 42
        assert found["scouting_requests_total", "GET", "none", "404"] == 1
        assert found["scouting_sign_ins_total", "success"] == found["scouting_sign_ins_total", "refused"] == 1
        assert found["scouting_signups_total", "confirmed", "new"] == 1
        assert found["scouting_signups_total", "waiting", "new"] == 1
        (head,) = revisions()[0]
        assert found["scouting_migrations_revision", "code", head] == 1
        assert found["scouting_migrations_revision", "database", head] == 1
        assert found["scouting_pool_connections", "size", "primary"] in (2, 4), "of the workers that have used it"
        assert found["scouting_pool_connections", "checked_out", "primary"] == 0
        scraped = site.scrape()
        for private in (email, outing, *children, "quill-nightingale", "Ava"):
            assert private not in scraped

        # A worker that dies takes its connections with it and none of the figures; the next one counts on in its files.
        folder = site.metrics_folder()
        before = sorted(file.name for file in folder.glob("counter_*.db"))
        killed, _ = site.workers()
        os.kill(killed, signal.SIGKILL)
        deadline = time.monotonic() + 300
        while killed in site.workers() or len(site.workers()) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for _ in range(20):
            Visitor(site.base).get("/login")
        assert site.figures()["scouting_requests_total", "GET", "/login", "200"] == 62
        assert sorted(file.name for file in folder.glob("counter_*.db")) == before
        for pid in site.workers():
            resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
            assert resident < MOST_RESIDENT
        # Nobody reaches it but who is on this machine.
        listening = Path("/proc/net/tcp").read_text()
        assert f"0100007F:{site.metrics_port:04X}" in listening
        assert f"00000000:{site.metrics_port:04X}" not in listening
    assert not folder.exists(), "it takes its folder along"
    lines = [json.loads(line) for line in site.log.read_text().splitlines()]
    assert {"gunicorn.error", "app.request"} <= {line["name"] for line in lines}, (
        "gunicorn's own lines have the same form"
    )


def test_a_port_that_is_taken_is_one_sentence(committed_db, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environment = {**os.environ, **settings(committed_db.url), "BIND": f"127.0.0.1:{free_port()}"}
        environment["METRICS_PORT"] = str(taken.getsockname()[1])
        command = [quick("python"), "-m", "gunicorn", "wsgi:app"]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, text=True, capture_output=True, check=False, timeout=300
        )
    assert done.returncode != 0
    assert "The metrics' port cannot be opened (Address already in use)" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def counting(tmp_path, monkeypatch):
    """Figures of this process, by name and labels."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    metrics.begin(lambda: "test")
    yield metrics.figures
    metrics.end()


def value(metric, *labels):
    return metric.labels(*labels)._value.get()


def test_a_sign_up_counts_when_it_is_committed_and_not_before(counting, committed_db):
    with committed_db.app.app_context():
        session = db.session()
        session.execute(text("SELECT 1"))
        metrics.state_changes(session, None, "confirmed")
        session.rollback()
        session.execute(text("SELECT 1"))
        session.commit()
        assert value(counting.signups, "new", "confirmed") == 0, "taken back"
        metrics.state_changes(session, None, "confirmed")
        metrics.state_changes(session, "waiting", "waiting")
        with session.begin_nested():
            session.execute(text("SELECT 1"))
        assert value(counting.signups, "new", "confirmed") == 0, "the end of a savepoint is no commit"
        session.execute(text("SELECT 1"))
        session.commit()
        session.execute(text("SELECT 1"))
        session.commit()
        assert value(counting.signups, "new", "confirmed") == 1, "counted once"


def test_an_exhausted_pool_is_seen(counting, committed_db):
    env = settings(committed_db.url) | {"WEB_THREADS": "1"}
    app = create_app(Config.from_env(env))
    with app.app_context():
        pool = db.engine.pool
        pool._timeout = 0.05
        held = [db.engine.connect() for _ in range(3)]
        assert value(counting.pool, "primary", "size") == 1
        assert value(counting.pool, "primary", "checked_out") == 3
        assert value(counting.pool, "primary", "overflow") == 2
        with pytest.raises(NoConnection):
            db.engine.connect()
        assert value(counting.pool_waits, "primary", "gave_up") == 1
        pool._timeout = 20
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(wait_for, db.engine)
            held.pop().close()
            waiting.result(20)
        for connection in held:
            connection.close()
        assert value(counting.pool, "primary", "checked_out") == 0
        db.engine.dispose()


def wait_for(engine):
    engine.connect().close()


def test_another_revision_takes_the_place_of_the_last(counting):
    metrics.revision_found("database", {"aaa"})
    metrics.revision_found("database", {"bbb"})
    assert (value(counting.revision, "database", "aaa"), value(counting.revision, "database", "bbb")) == (0, 1)


def test_slots_are_used_again():
    keeper = object.__new__(serving.Metrics)
    keeper.slots = {}
    workers = [SimpleNamespace(pid=number) for number in range(3)]
    for worker in workers[:2]:
        keeper.give_slot(worker)
    assert keeper.slots == {0: workers[0], 1: workers[1]}
    keeper.folder = "/nonexistent"
    keeper.take_slot(workers[0])
    keeper.give_slot(workers[2])
    assert keeper.slots == {0: workers[2], 1: workers[1]}


def test_nothing_is_loaded_or_counted_unless_a_port_is_set(committed_db):
    code = "import sys, wsgi; sys.exit('prometheus_client' in sys.modules or 'sentry_sdk' in sys.modules)"
    env = {**os.environ, **settings(committed_db.url)}
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, check=False).returncode == 0
    metrics.request_answered("GET", "/", 200, 0.1)
    assert metrics.figures is None
