"""A small load client: one thread, one selector, keep-alive connections; it must not eat the cores that are measured."""

import selectors
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from bench.ask import Ask
from bench.connections import PATIENCE, Connection, spread


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


def run(
    port: int,
    asks: Iterator[Ask],
    connections: int = 16,
    seconds: float | None = None,
    workers: Collection[int] = (),
) -> Run:
    """Keep ``connections`` busy for ``seconds``, or until ``asks`` are used up."""
    done = Run()
    open_ones = spread(port, connections, workers)
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
