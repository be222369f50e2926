"""gunicorn as it is shipped (gunicorn.conf.py), before a small application that does what each test needs."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.config import ROOT

THREADS = 2
APPLICATION = """
import os, time

def app(environ, start_response):
    if environ["PATH_INFO"] == "/wait":
        open(f"{environ['QUERY_STRING']}.begun", "w").close()
        while not os.path.exists("release"):
            time.sleep(0.01)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
"""


class Server:
    """A gunicorn of one process with two threads, in a folder of its own."""

    def __init__(self, folder, port, process):
        self.folder, self.port, self.process = folder, port, process

    def get(self, path, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        with contextlib.closing(connection):
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read()

    def keep_threads_busy(self, pool):
        """Requests that hold every thread until ``release``."""
        held = [pool.submit(self.get, f"/wait?{number}") for number in range(THREADS)]
        wait_until(lambda: len(list(self.folder.glob("*.begun"))) == THREADS)
        return held

    def release(self):
        (self.folder / "release").touch()

    def forget(self):
        for path in [self.folder / "release", *self.folder.glob("*.begun")]:
            path.unlink(missing_ok=True)


def wait_until(look):
    deadline = time.monotonic() + 60
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextlib.contextmanager
def started(tmp_path):
    (tmp_path / "small.py").write_text(APPLICATION)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {
        **os.environ, "BIND": f"127.0.0.1:{port}", "WEB_CONCURRENCY": "1", "WEB_THREADS": str(THREADS),
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    command = [sys.executable, "-m", "gunicorn", "-c", ROOT / "gunicorn.conf.py", "small:app"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log)
    try:
        running = Server(tmp_path, port, process)

        def serves():
            assert process.poll() is None, (tmp_path / "log").read_text()
            with contextlib.suppress(OSError):
                return running.get("/")[0] == 200

        wait_until(serves)
        yield running
    finally:
        (tmp_path / "release").touch()
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with started(tmp_path_factory.mktemp("small")) as server:
        yield server


@pytest.fixture
def server(shared):
    yield shared
    shared.forget()


def test_who_cannot_be_served_soon_is_told_so_while_the_threads_are_still_busy(server):
    with ThreadPoolExecutor(20) as pool:
        held = server.keep_threads_busy(pool)
        waiting = [pool.submit(server.get, "/") for _ in range(10)]
        alive = pool.submit(server.get, "/healthz")
        for status, headers, body in (request.result(60) for request in waiting):
            assert status == 503
            assert int(headers["Retry-After"]) > 0
            assert headers["Cache-Control"] == "no-store"
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert b"Nothing was saved." in body
        assert alive.result(60)[0] == 200, "nobody should restart a process because it is busy"
        assert not any(request.done() for request in held)
        server.release()
        assert [request.result(60)[0] for request in held] == [200] * THREADS
    assert server.get("/")[0] == 200


def test_a_long_line_is_refused_at_once_and_a_large_form_still_hears_why(server):
    form = b"x" * 1_000_000

    def post():
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
        with contextlib.closing(connection):
            connection.request("POST", "/", form)
            return connection.getresponse().status

    with ThreadPoolExecutor(130) as pool:
        server.keep_threads_busy(pool)
        answers = [pool.submit(post) for _ in range(120)]
        assert {answer.result(60) for answer in answers} == {503}
        server.release()


def test_connections_that_say_nothing_take_no_thread(server):
    silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3 * THREADS)]
    for connection in silent:
        connection.setblocking(False)
    for _ in range(3):
        assert server.get("/")[0] == 200
    for connection in silent:
        with pytest.raises(BlockingIOError):  # still open, and not answered
            connection.recv(1)
        connection.close()


def test_a_stop_under_load_fails_no_request_that_was_taken(tmp_path):
    over, failed, served = threading.Event(), [], []

    def client():
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
        connection.connect()
        while not over.is_set():
            try:
                connection.request("GET", "/")
                response = connection.getresponse()
                served.append(response.status)
                response.read()
            except OSError as error:
                failed.append(repr(error))
                return
            if response.will_close:
                return  # the server has said that it stops

    with started(tmp_path) as server, ThreadPoolExecutor(8) as pool:
        begun = pool.submit(server.get, "/wait?0")
        wait_until(lambda: list(tmp_path.glob("*.begun")))
        clients = [pool.submit(client) for _ in range(7)]
        wait_until(lambda: len(served) > 70)
        server.process.send_signal(signal.SIGTERM)
        for done in clients:
            done.result(60)
        server.release()
        assert begun.result(60)[0] == 200, "what takes its time may end, too"
        assert server.process.wait(60) == 0
        over.set()
    assert failed == []
    assert set(served) == {200}
