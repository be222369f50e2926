"""Eight families' browsers that never give up: a form is sent again, with the same key, until it is acknowledged."""

import contextlib
import http.client
import itertools
import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from bench.accounts import Account
from bench.ask import Ask
from bench.faults.record import Notebook
from bench.seed import Family

CLIENTS = 8
PAUSE = 0.1  # seconds before a refused form is sent again; Retry-After asks for more


@dataclass
class Tally:
    """What the clients saw since it was last taken away."""

    acknowledged: int = 0
    refused: int = 0
    slowest_refusal: float = 0.0
    without_retry_after: int = 0
    cut_off: int = 0
    hung: int = 0
    wrong: list[str] = field(default_factory=list)


class Client(threading.Thread):
    """One of the eight, with some families and all the outings."""

    def __init__(
        self,
        number: int,
        port: int,
        families: list[tuple[Family, Account]],
        outings: list[str],
        folder: Path,
        give_up: float,
    ):
        super().__init__(daemon=True)
        self.give_up = give_up
        self.port, self.notebook = port, Notebook(folder / f"{number}.record")
        turns = list(itertools.product(families, outings))
        random.Random(number).shuffle(turns)
        self.turns = itertools.cycle(turns)
        self.coming: dict[tuple[str, str], list[str]] = {}
        self.tally = Tally()
        self.last = 0.0
        self.may_go, self.rests, self.over = threading.Event(), threading.Event(), False
        self.connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        """Form after form; rests between two of them when it is asked to."""
        while not self.over:
            if not self.may_go.is_set():
                self.rests.set()
                self.may_go.wait()
                self.rests.clear()
                continue
            (family, account), outing = next(self.turns)
            pair = (outing, str(family.user.id))
            before = self.coming.get(pair, [])
            wanted = [] if before else family.children
            if not self.send_until_acknowledged(form(account, outing, before, wanted)):
                return
            self.notebook.acknowledged(pair, wanted)
            self.coming[pair] = wanted
            self.tally.acknowledged += 1
            self.last = time.monotonic()

    def send_until_acknowledged(self, ask: Ask) -> bool:
        """The same bytes each time; False when all is over before."""
        while not self.over:
            began = time.monotonic()
            try:
                status, retry_after, location = self.send(ask)
            except (OSError, http.client.HTTPException) as error:
                self.drop()
                if isinstance(error, TimeoutError):
                    self.tally.hung += 1
                else:
                    self.tally.cut_off += 1
                time.sleep(PAUSE / 2)
                continue
            if status == 303 and "done=" in location:
                return True
            if status == 503:
                self.tally.refused += 1
                self.tally.slowest_refusal = max(self.tally.slowest_refusal, time.monotonic() - began)
                self.tally.without_retry_after += not retry_after
            else:
                self.tally.wrong.append(f"{status} {location}")
            time.sleep(PAUSE)
        return False

    def send(self, ask: Ask) -> tuple[int, str | None, str]:
        """Over the connection that is open, or a new one."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.give_up)
        headers = {"Host": "localhost", "Content-Type": "application/x-www-form-urlencoded", **ask.headers}
        self.connection.request("POST", ask.path, ask.body, headers)
        response = self.connection.getresponse()
        response.read()
        if response.will_close:
            self.drop()
        return response.status, response.headers["Retry-After"], response.headers.get("Location", "")

    def drop(self) -> None:
        """The next form goes over a new connection."""
        if self.connection:
            with contextlib.suppress(OSError):
                self.connection.close()
        self.connection = None


def form(account: Account, outing: str, before: list[str], wanted: list[str]) -> Ask:
    """The family's page, with everybody ticked or nobody."""
    fields = [("csrf_token", account.token), ("submission", str(uuid.uuid4())), ("seen", " ".join(before))]
    fields += [("together", "1"), ("consent", "1"), *(("people", person) for person in wanted)]
    return Ask(f"/outings/{outing}/signup", account.headers, fields)


class Crowd:
    """All of them."""

    def __init__(self, clients: list[Client]) -> None:
        self.clients = clients
        for client in clients:
            client.start()

    def go(self) -> None:
        """On with it."""
        for client in self.clients:
            client.may_go.set()

    def rest(self) -> None:
        """Until nobody has a form under way."""
        for client in self.clients:
            client.may_go.clear()
        for client in self.clients:
            client.rests.wait()

    def everybody_served_after(self, moment: float, patience: float) -> float | None:
        """Seconds from ``moment`` until each client has had a form acknowledged; None when that never happened."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            ends = [client.last for client in self.clients]
            if min(ends) > moment:
                return max(ends) - moment
            time.sleep(0.01)
        return None

    def take_tally(self) -> Tally:
        """Of all clients, who begin a new one. They rest meanwhile."""
        total = Tally()
        for client in self.clients:
            one, client.tally = client.tally, Tally()
            total.acknowledged += one.acknowledged
            total.refused += one.refused
            total.slowest_refusal = max(total.slowest_refusal, one.slowest_refusal)
            total.without_retry_after += one.without_retry_after
            total.cut_off += one.cut_off
            total.hung += one.hung
            total.wrong += one.wrong
        return total

    def end(self) -> None:
        """They go home."""
        for client in self.clients:
            client.over = True
            client.may_go.set()
        for client in self.clients:
            client.join(client.give_up * 2)
