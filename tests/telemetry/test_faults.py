"""What arrives at a server that speaks Sentry's protocol, and what never does."""

import gzip
import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import sentry_sdk
from sentry_sdk.integrations.flask import FlaskIntegration
from sentry_sdk.integrations.logging import LoggingIntegration

from app import create_app
from app.config import Config, ConfigError
from app.extensions import db
from app.telemetry import faults
from tests.database import settings
from tests.telemetry.planted import ALLERGY, EMAIL, NAME, PHONE, TOKEN, found_in, plant, visit


class Receiver(BaseHTTPRequestHandler):
    """Keeps each envelope as it came, headers included."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.received.append((self.path, str(self.headers), body.decode()))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture
def sentry():
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.received = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        server.dsn = f"http://public@127.0.0.1:{server.server_port}/7"
        yield server
        sentry_sdk.get_client().close()
        sentry_sdk.get_global_scope().set_client(None)
        logger = logging.getLogger("app")
        logger.handlers[:] = [one for one in logger.handlers if not isinstance(one, faults.Reporter)]
        server.shutdown()
        thread.join()


@pytest.fixture
def broken(committed_db):
    """A site that fails with somebody's data in its hands."""
    made = []

    def make(**more):
        app = create_app(Config.from_env(settings(committed_db.url) | {"LOG_LEVEL": "INFO", **more}))
        app.config |= {"WTF_CSRF_ENABLED": False, "TESTING": False}
        plant(app)
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


def events_of(server):
    """What came, as the server reads an envelope: a header, then a header and a payload for each item."""
    sentry_sdk.flush(5)
    found = []
    for path, _, body in server.received:
        assert path == "/api/7/envelope/"
        _, *items = body.splitlines()
        found += [
            json.loads(payload)
            for header, payload in zip(items[::2], items[1::2], strict=True)
            if json.loads(header)["type"] == "event"
        ]
    return found


def test_faults_arrive_without_anybodys_data(sentry, broken):
    app = broken(SENTRY_DSN=sentry.dsn)
    sentry_sdk.set_user({"email": EMAIL, "username": NAME})
    sentry_sdk.set_tag("child", NAME)
    sentry_sdk.set_extra("allergy", ALLERGY)
    sentry_sdk.set_context("family", {"phone": PHONE})
    sentry_sdk.add_breadcrumb(message=f"{NAME} signed up", data={"email": EMAIL})
    assert visit(app) == [500, 500, 500, 404, 422]
    logging.getLogger("app.anything").error("mail to %s failed, call %s", EMAIL, PHONE)
    logging.getLogger("app.anything").error(f"mail to {EMAIL} failed, call {PHONE}")
    code, database, constraint, with_values, made_up = events_of(sentry)
    everything = "".join(" ".join(parts) for parts in sentry.received)
    assert found_in(everything) == []
    assert "203.0.113.77" not in everything

    first, last = code["exception"]["values"]
    assert (first["type"], last["type"]) == ("ValueError", "KeyError")
    assert last["stacktrace"]["frames"][-1]["function"] == "crash_in_code"
    assert last["stacktrace"]["frames"][-1]["context_line"].strip().startswith("raise KeyError")
    assert code["tags"]["route"] == "/planted/code/<token>"
    assert len(code["tags"]["request_id"]) == 32
    assert "SQLSTATE 22P02" in database["exception"]["values"][-1]["value"]
    assert "constraint ck_users_name_length" in constraint["exception"]["values"][-1]["value"]
    assert with_values["message"] == "mail to %s failed, call %s"
    assert made_up["message"] == "mail to (email) failed, call (phone)"
    for event in (code, database, constraint):
        assert not event.keys() & {"request", "user", "breadcrumbs", "extra", "contexts", "server_name", "modules"}
        frames = [frame for value in event["exception"]["values"] for frame in value["stacktrace"]["frames"]]
        assert not any("vars" in frame for frame in frames)


@pytest.mark.filterwarnings("ignore:The send_default_pii option")
def test_the_library_by_itself_would_have_told_it_all(sentry, broken):
    """The control: with the usual settings every planted word arrives, so that the test above looks at the right place."""
    app = broken()
    quiet = {"default_integrations": False, "auto_enabling_integrations": False}  # they would stay for the other tests
    sentry_sdk.init(
        dsn=sentry.dsn, send_default_pii=True, integrations=[FlaskIntegration(), LoggingIntegration()], **quiet
    )
    sentry_sdk.set_user({"email": EMAIL, "username": NAME})
    visit(app)
    sentry_sdk.flush(5)
    everything = "".join(" ".join(parts) for parts in sentry.received)
    assert {NAME, ALLERGY, EMAIL, PHONE, TOKEN} <= set(found_in(everything))


def test_a_server_that_is_down_delays_nobody(broken):
    app = broken(SENTRY_DSN="http://public@127.0.0.1:1/7")
    assert visit(app)[0] == 500
    sentry_sdk.get_client().close(timeout=0.1)
    sentry_sdk.get_global_scope().set_client(None)
    logger = logging.getLogger("app")
    logger.handlers[:] = [one for one in logger.handlers if not isinstance(one, faults.Reporter)]


@pytest.mark.parametrize("dsn", ["nonsense", "https://sentry.example.org/1", "ftp://key@host/1", "https://key@host"])
def test_a_dsn_that_cannot_be_read_is_refused_at_the_start(dsn):
    env = {"APP_ENV": "testing", "DATABASE_URL": "postgresql://a:b@127.0.0.1/c", "SENTRY_DSN": dsn}
    with pytest.raises(ConfigError, match="SENTRY_DSN cannot be read"):
        Config.from_env(env)
