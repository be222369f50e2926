"""Asking a real server as a browser without scripts does, and its figures as Prometheus does."""

import contextlib
import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import URL

from tests.database import ROOT, settings

PATIENCE = 300


class Answer:
    """What came back."""

    def __init__(self, response: object) -> None:
        self.status: int = response.status  # type: ignore[attr-defined]
        self.text: str = response.read().decode()  # type: ignore[attr-defined]


class Visitor:
    """With cookies of its own."""

    def __init__(self, base: str) -> None:
        self.base = base
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def get(self, path: str, **headers: str) -> Answer:
        return self._send(urllib.request.Request(self.base + path, headers=headers))

    def post(self, path: str, page: str | None = None, **fields: object) -> Answer:
        """With the token of the form on ``page``."""
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', self.get(page or path).text)[1]
        data = urllib.parse.urlencode({"csrf_token": token, **fields}, doseq=True).encode()
        return self._send(urllib.request.Request(self.base + path, data=data))

    def _send(self, request: urllib.request.Request) -> Answer:
        try:
            return Answer(self.opener.open(request, timeout=120))
        except urllib.error.HTTPError as error:
            return Answer(error)


@dataclass
class Served:
    """A gunicorn with two workers."""

    process: "subprocess.Popen[bytes]"
    port: int
    metrics_port: int
    log: Path

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def workers(self) -> list[int]:
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]

    def scrape(self) -> str:
        address = f"http://127.0.0.1:{self.metrics_port}/metrics"
        with urllib.request.urlopen(address, timeout=120) as response:
            return response.read().decode()

    def metrics_folder(self) -> Path:
        """Where the processes keep their figures."""
        environment = Path(f"/proc/{self.workers()[0]}/maps").read_text()
        return Path(re.search(r"(/\S*/scouting-metrics-[^/]+)/", environment)[1])

    def figures(self) -> dict[tuple[str, ...], float]:
        """``(name, label, ...)`` -> value, the labels in the order of their names."""
        return {
            (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(self.scrape())
            for sample in family.samples
        }


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextlib.contextmanager
def served(url: URL, folder: Path, **more: str) -> Iterator[Served]:
    """The site over the database ``url``, as gunicorn.conf.py has it served."""
    found = Served(None, free_port(), free_port(), folder / "gunicorn.log")  # type: ignore[arg-type]
    environment = {**os.environ, **settings(url), "WEB_CONCURRENCY": "2", "WEB_THREADS": "2"}
    environment |= {"BIND": f"127.0.0.1:{found.port}", "METRICS_PORT": str(found.metrics_port), **more}
    with found.log.open("wb") as out:
        command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
        found.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + PATIENCE
        while found.process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                if Visitor(found.base).get("/healthz").status == 200:
                    break
            time.sleep(0.1)
        else:
            raise AssertionError(f"it does not serve:\n{found.log.read_text()}")
        yield found
    finally:
        found.process.send_signal(signal.SIGTERM)
        found.process.wait(30)
