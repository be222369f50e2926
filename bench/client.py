"""A small load client: one thread, one selector, keep-alive connections; it must not eat the cores that are measured."""

import selectors
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

SHOWN = 200  # characters of a wrong answer
PATIENCE = 60  # seconds without any answer


@dataclass(frozen=True)
class Ask:
    """One request, and what a right answer to it has."""

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    form: list[tuple[str, str]] | None = None
    statuses: tuple[int, ...] = (200,)
    marker: bytes = b""

    @property
    def method(self) -> str:
        """A form is posted."""
        return "GET" if self.form is None else "POST"

    @property
    def body(self) -> bytes:
        """The form as a browser sends it."""
        return urlencode(self.form or []).encode()

    def wire(self) -> bytes:
        """The bytes to send."""
        headers = {"Host": "localhost", **self.headers}
        if self.form is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(self.body))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{self.method} {self.path} HTTP/1.1\r\n{lines}\r\n".encode() + self.body

    def fault(self, status: int, answer: bytes) -> str | None:
        """What is wrong with an answer, or None."""
        if status in self.statuses and self.marker in answer:
            return None
        return f"{self.method} {self.path}: {status}, {answer[-SHOWN:].decode(errors='replace')}"


@dataclass
class Run:
    """What one run of requests took; seconds, of the clock and of the client's own processor time."""

    latencies: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    seconds: float = 0.0
    client_cpu: float = 0.0

    @property
    def per_second(self) -> float:
        """Answers."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """The latency that ``share`` of the answers did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


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


def run(port: int, asks: Iterator[Ask], connections: int = 16, seconds: float | None = None) -> Run:
    """Keep ``connections`` busy for ``seconds``, or until ``asks`` are used up."""
    done = Run()
    open_ones = [Connection(port) for _ in range(connections)]
    busy = 0
    with selectors.DefaultSelector() as selector:
        began, cpu = time.perf_counter(), time.process_time()
        deadline = began + seconds if seconds else float("inf")
        for connection in open_ones:
            if next_one := next(asks, None):
                connection.ask(next_one)
                selector.register(connection.socket, selectors.EVENT_READ, connection)
                busy += 1
        while busy:
            ready = selector.select(PATIENCE)
            if not ready:
                raise TimeoutError(f"no answer within {PATIENCE} s")
            for key, _ in ready:
                connection = key.data
                if not connection.read():
                    continue
                moment = time.perf_counter()
                note(done, connection, moment)
                if not connection.stays:
                    selector.unregister(connection.socket)
                    connection.socket.close()
                    connection.connect()
                    selector.register(connection.socket, selectors.EVENT_READ, connection)
                if moment < deadline and (next_one := next(asks, None)):
                    connection.ask(next_one)
                    continue
                selector.unregister(connection.socket)
                busy -= 1
        done.seconds, done.client_cpu = time.perf_counter() - began, time.process_time() - cpu
    for connection in open_ones:
        connection.socket.close()
    return done


def note(done: Run, connection: Connection, moment: float) -> None:
    """Add one answer to the run."""
    status = connection.status
    done.latencies.append(moment - connection.began)
    done.statuses[status] = done.statuses.get(status, 0) + 1
    if fault := connection.asked.fault(status, connection.answer):
        done.faults.append(fault)
