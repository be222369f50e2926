"""The metrics' port and the address of the replica, each made wrong. A replica that lags is in tests/deploy/test_replica.py."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.config import Config
from app.doctor.beside import metrics
from app.doctor.examination import examine
from tests.database import fresh_database, settings
from tests.telemetry.visitor import free_port

BASE = {"APP_ENV": "testing", "DATABASE_URL": "postgresql://a:b@127.0.0.1:1/c"}


def looked_at(**more):
    return [(finding.wrong, finding.text) for finding in metrics(Config.from_env(BASE | more))]


@pytest.fixture
def answering():
    """A server that says ``.said``, and its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.server.said)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_port_of_the_metrics(answering, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")  # which is for the rest of the world
    port = str(answering.server_port)
    answering.said = b"scouting_requests_total 3.0\n"
    assert looked_at() == looked_at(METRICS_PORT=port) == []
    answering.said = b"<h1>Something else</h1>"
    ((wrong, text),) = looked_at(METRICS_PORT=port)
    assert wrong
    assert "Something else answers" in text


def test_a_port_on_which_nobody_answers_and_one_that_is_open_to_all():
    (silent,) = looked_at(METRICS_PORT=str(free_port()))
    assert silent[0] is False
    assert "Nothing answers at http://127.0.0.1:" in silent[1]
    (open_to_all, _) = looked_at(METRICS_PORT=str(free_port()), METRICS_BIND="0.0.0.0")
    assert "whoever reaches port" in open_to_all[1]


@pytest.mark.usefixtures("known_models")
def test_a_replica_that_is_gone_and_one_that_is_none():
    with fresh_database() as url:
        address = url.render_as_string(hide_password=False)
        for wrong, said in [
            ("postgresql://a:secret@127.0.0.1:1/c", "cannot be used (connection to server at"),
            (address, "follows no other"),
        ]:
            env = settings(url) | {"DATABASE_REPLICA_URL": wrong}
            (finding,) = [finding for finding in examine(Config.from_env(env), env) if finding.wrong]
            assert finding.subject == "replica"
            assert said in finding.text
            assert "secret" not in finding.text
