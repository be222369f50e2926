"""gunicorn's threads with a short line before them: who cannot be served soon is told so at once, and nobody hangs.

gunicorn itself lets requests wait for a thread without an end, and gives a thread to a connection on which nothing has
been said yet. Here a connection gets a thread when its request is there; the line holds so many requests, for so long;
and whoever is turned away is answered by the main thread, which is never busy with a page.
"""

import contextlib
import socket
import time
from collections import deque
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker
from jinja2 import Environment, FileSystemLoader

from app.web.headers import HEADERS

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"
LONGEST_LINE = 100  # requests for one process; what four threads do in a second when all goes well
LOOK_AGAIN = 0.1  # seconds
TAKEN_AT_ONCE = 50  # connections
LINGER = 1.0  # seconds for the other side to read the answer and hang up
RETRY_AFTER = 5  # seconds
PROBE = b"GET /healthz "


def answer(status: str, kind: str, body: bytes, **headers: str) -> bytes:
    """The whole of it as it goes over the wire."""
    said = HEADERS | {"Content-Type": kind, "Content-Length": str(len(body)), "Cache-Control": "no-store"} | headers
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in said.items())
    return f"HTTP/1.1 {status}\r\n{lines}Connection: close\r\n\r\n".encode() + body


def busy() -> bytes:
    """503. To htmx it is an error without a message of its own, for which app.js has the words."""
    page = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True).get_template("errors/bare.html")
    words = "So many people are here that your turn would not have come soon. Nothing was saved."
    body = page.render(title="Back in a moment", message=words, home="/", static="/static/").encode()
    return answer("503 Service Unavailable", "text/html; charset=utf-8", body, Retry_After=str(RETRY_AFTER))


BUSY = busy()
# Whoever asks this wants to know whether to restart the process, which would help nobody in line.
ALIVE = answer("200 OK", "application/json", b'{"status":"alive"}\n')


class ShortLine(ThreadWorker):
    """What gunicorn.conf.py names as ``worker_class``.

    Attributes:
        patience: seconds in line. Who waits longer would have waited in vain: the line does not get shorter.
    """

    patience = 1.0

    def __init__(self, *arguments: Any, **names: Any) -> None:
        super().__init__(*arguments, **names)
        self.line: deque[tuple[float, Future[Any]]] = deque()
        self.leaving: dict[TConn, float] = {}
        self.turned_away = 0
        self.told = 0.0

    def accept(self, listener: socket.socket) -> bool:
        """Take a connection, and wait for its request without a thread; whether there was one."""
        try:
            client, address = listener.accept()
        except OSError:  # a neighbour was quicker, or the browser has gone again
            return False
        self.nr_conns += 1
        conn = TConn(self.cfg, client, address, listener.getsockname())
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(client, EVENT_READ, partial(self.on_pending_socket_readable, conn))
        return True

    def enqueue_req(self, conn: TConn) -> None:
        """Into the line, while it is short enough."""
        self.forget_served()
        if len(self.line) >= LONGEST_LINE:
            self.turn_away(conn)
            return
        future = self.tpool.submit(self.handle, conn)
        self.line.append((time.monotonic() + self.patience, future))
        future.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))

    def finish_request(self, conn: TConn, done: "Future[Any]") -> None:
        """A request that was taken out of the line is answered here."""
        if done.cancelled():
            self.turn_away(conn)
        else:
            super().finish_request(conn, done)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """One round of the main thread."""
        self.forget_served()
        if busy := bool(self.line) and self._accepting:
            # A neighbour with a free thread goes first; what is still there after a moment is taken into our line.
            self.set_accept_enabled(False)
        super().wait_for_and_dispatch_events(min(timeout, LOOK_AGAIN) if self.line or self.leaving else timeout)
        if busy and self.alive:
            for listener in self.sockets:
                for _ in range(TAKEN_AT_ONCE):
                    if not self.accept(listener):
                        break
        self.forget_served()
        moment = time.monotonic()
        while self.line and self.line[0][0] < moment:
            self.line.popleft()[1].cancel()  # which fails when it has just got a thread: then it is served
        for conn in [conn for conn, until in self.leaving.items() if until < moment]:
            self.hang_up(conn)
        if self.turned_away and moment > self.told + 1:
            self.log.warning("%d requests turned away: no thread was free in time", self.turned_away)
            self.turned_away, self.told = 0, moment

    def forget_served(self) -> None:
        """Threads take from the head of the line."""
        while self.line and (self.line[0][1].running() or self.line[0][1].done()):
            self.line.popleft()

    def turn_away(self, conn: TConn) -> None:
        """Answer without reading the request; the answer fits the socket's buffer, so that this does not wait."""
        said = b""
        try:
            conn.sock.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                said = conn.sock.recv(len(PROBE), socket.MSG_PEEK)
            conn.sock.send(ALIVE if said == PROBE else BUSY)
            # Closed while the request lies unread, the answer would be lost with it.
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, EVENT_READ, partial(self.read_on, conn))
        except OSError:  # gone already
            self.nr_conns -= 1
            conn.close()
            return
        self.leaving[conn] = time.monotonic() + LINGER
        self.turned_away += said != PROBE

    def read_on(self, conn: TConn, sock: socket.socket) -> None:
        """Whatever still comes from somebody who has been answered, until the other side hangs up."""
        try:
            if sock.recv(1 << 16):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self.hang_up(conn)

    def hang_up(self, conn: TConn) -> None:
        """The end of a connection that was turned away."""
        del self.leaving[conn]
        with contextlib.suppress(OSError, KeyError, ValueError):
            self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()
