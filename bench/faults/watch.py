"""What a load balancer sees: somebody asks ``/readyz`` ten times a second, whatever is broken."""

import http.client
import threading
import time
from typing import NamedTuple

EVERY = 0.1  # seconds


class Look(NamedTuple):
    """One answer; ``status`` 0 is none, since a process was killed or nobody answered."""

    at: float
    status: int
    seconds: float


class Watch(threading.Thread):
    """Asks until it is told that all is over."""

    def __init__(self, port: int, give_up: float) -> None:
        super().__init__(daemon=True)
        self.port, self.give_up = port, give_up
        self.looks: list[Look] = []
        self.over = False
        self.start()

    def run(self) -> None:
        """A connection for each question, as a probe has it."""
        while not self.over:
            began = time.monotonic()
            status = self.ask()
            took = time.monotonic() - began
            self.looks.append(Look(began, status, took))
            time.sleep(max(0.0, EVERY - took))

    def ask(self) -> int:
        """The status."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.give_up)
        try:
            connection.request("GET", "/readyz", headers={"X-Forwarded-Proto": "https"})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def ready_after(self, moment: float, patience: float) -> bool:
        """Wait until it says again that it is ready."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if any(look.status == 200 for look in self.looks[-3:] if look.at > moment):
                return True
            time.sleep(EVERY / 2)
        return False

    def take(self) -> list[Look]:
        """What was seen since it was last taken away."""
        seen, self.looks = self.looks, []
        return seen

    def end(self) -> None:
        """The last one."""
        self.over = True
        self.join(self.give_up + 1)
