"""The figures on a port of their own, which no visitor reaches: for gunicorn, whose hooks are in gunicorn.conf.py.

The master opens the port before it forks, so that a port that is taken is said at the start, and each worker answers on
it from a thread: whichever is asked adds up the figures of all. So there is no further process, and no gap when a worker
starts over.
"""

import contextlib
import logging
import shutil
import socket
import threading
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from flask import Flask

from app.telemetry import metrics

log = logging.getLogger(__name__)

BACKLOG = 16
PATIENCE = 5  # seconds for a client that is slow to ask
slot = "master"


class Handler(WSGIRequestHandler):
    """Answers without a word in the log, and waits for nobody longer than it should."""

    timeout = PATIENCE

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


class Server(WSGIServer):
    """Answers on a socket that is open already; one after the other, since nobody but Prometheus asks."""

    def __init__(self, listening: socket.socket, registry: Any) -> None:
        from prometheus_client import make_wsgi_app

        address = listening.getsockname()
        super().__init__(address[:2], Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.server_name, self.server_port = address[:2]
        self.setup_environ()
        self.set_app(make_wsgi_app(registry))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news."""


class Metrics:
    """What the master keeps: the port, the folder of the figures, and who has which slot.

    Args:
        folder: PROMETHEUS_MULTIPROC_DIR, which the library reads.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, app: Flask, folder: str) -> None:
        from app.web.health import revisions

        self.folder = folder
        address = app.config["METRICS_BIND"], app.config["METRICS_PORT"]
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.socket = socket.create_server(address, family=family, backlog=BACKLOG)
        # All workers wake up for one visitor; those who come too late must not stand waiting for the next.
        self.socket.setblocking(False)
        self.slots: dict[int, Any] = {}
        metrics.begin(lambda: slot)
        metrics.revision_found("code", revisions()[0])
        log.info("metrics on %s port %s", *self.socket.getsockname()[:2])

    def give_slot(self, worker: Any) -> None:
        """Before the fork: the lowest number that no living worker has."""
        taken = {number for number, other in self.slots.items() if other is not None}
        number = next(number for number in range(len(taken) + 1) if number not in taken)
        self.slots[number] = worker

    def serve(self, worker: Any) -> None:
        """In the worker: count under its slot, and answer from a thread that ends with the process."""
        from prometheus_client import CollectorRegistry
        from prometheus_client.multiprocess import MultiProcessCollector

        global slot
        slot = next((str(number) for number, one in self.slots.items() if one is worker), str(worker.pid))
        registry = CollectorRegistry()
        MultiProcessCollector(registry, self.folder)
        server = Server(self.socket, registry)
        threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()

    def take_slot(self, worker: Any) -> None:
        """In the master, when a worker has ended: its connections are gone, what it counted stays."""
        from prometheus_client.multiprocess import mark_process_dead

        for number, one in list(self.slots.items()):
            if one is worker:
                del self.slots[number]
                mark_process_dead(number, self.folder)

    def close(self) -> None:
        """The last one out."""
        with contextlib.suppress(OSError):
            self.socket.close()
        shutil.rmtree(Path(self.folder), ignore_errors=True)
