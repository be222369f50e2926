"""Connections that stay, one for each browser, and their even spread over the server's processes."""

import contextlib
import os
import socket
import time
from collections.abc import Callable, Collection

from bench.ask import Ask

TRIES = 200  # to get connections onto the other process
PATIENCE = 60  # seconds for a connection to be taken


class Connection:
    """One browser: asks, waits for the whole answer, asks again."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connect()

    def connect(self) -> None:
        """Anew, without an answer at hand."""
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        self.socket.settimeout(None)  # the selector waits
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answer, self.whole, self.stays = b"", 0, True

    def ask(self, ask: Ask) -> None:
        """Send it; a request is small enough for the socket's buffer."""
        self.asked, self.wire = ask, ask.wire()
        self.began = time.perf_counter()
        self.answer, self.whole = b"", 0
        self.socket.sendall(self.wire)

    def greet(self) -> None:
        """Any first answer, if only that there is no such page: then a process has the connection, and no thread."""
        self.ask(Ask("/healthz"))
        while not self.read():
            pass

    def read(self) -> bool:
        """Take what has come; whether the answer is whole.

        Raises:
            ConnectionError: the server has hung up.
        """
        part = self.socket.recv(1 << 18)
        if not part:
            raise ConnectionError(f"hung up during {self.asked.method} {self.asked.path}")
        self.answer += part
        if not self.whole:
            end = self.answer.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = self.answer[:end].lower()
            _, _, length = head.partition(b"\r\ncontent-length: ")
            self.whole = end + 4 + int(length.partition(b"\r\n")[0] or 0)
            self.stays = b"\r\nconnection: close" not in head
        return len(self.answer) >= self.whole

    @property
    def status(self) -> int:
        """Of a whole answer."""
        return int(self.answer[9:12])


def spread(port: int, number: int, workers: Collection[int]) -> list[Connection]:
    """Connections that lie evenly on the server's processes.

    Whoever wakes up first takes a connection, and may take them all; then the others idle. Where a new connection has
    gone shows in the open files of the ``workers``, and one too many is given back.
    """
    taken = dict.fromkeys(workers, 0)
    most = -(-number // max(1, len(taken)))
    kept: list[Connection] = []
    wait_for(lambda: settled(workers))
    for attempt in range(number + TRIES):
        if len(kept) == number:
            break
        before = open_files(workers)
        connection = Connection(port)
        connection.greet()
        owner = wait_for(lambda known=before: grown(known, open_files(workers))) if taken else None
        if owner in taken:
            if taken[owner] >= most and attempt - len(kept) < TRIES:
                connection.socket.close()
                wait_for(lambda pid=owner, known=before: open_files([pid]).get(pid) == known[pid])
                continue
            taken[owner] += 1
        kept.append(connection)
    return kept


def open_files(workers: Collection[int]) -> dict[int, int]:
    """How many each process has."""
    found = {}
    for pid in workers:
        with contextlib.suppress(OSError):  # a worker may start over
            found[pid] = len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - asked many times over
    return found


def grown(before: dict[int, int], after: dict[int, int]) -> int | None:
    """The process that has more open files than before."""
    return next((pid for pid, count in after.items() if count > before.get(pid, 0)), None)


def settled(workers: Collection[int]) -> bool:
    """Whether the connections of an earlier run are closed: for a moment nothing changes."""
    before = open_files(workers)
    time.sleep(0.01)
    return before == open_files(workers)


def wait_for(look: Callable[[], object]) -> object:
    """What ``look`` finds, as soon as it finds anything; not for long."""
    deadline = time.perf_counter() + 0.1
    while not (found := look()) and time.perf_counter() < deadline:
        time.sleep(0.0005)
    return found
