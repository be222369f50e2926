"""One site, eight clients, and fault after fault."""

import contextlib
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench import inside
from bench.accounts import over_http, sign_in_all
from bench.faults.clients import CLIENTS, Client, Crowd
from bench.faults.kinds import Kind
from bench.faults.record import Findings, Promised, compare
from bench.faults.rows import Row
from bench.faults.site import Server, Stage, make_database, served
from bench.faults.watch import Watch
from bench.seed import Plan, Scene, seed
from bench.serve import Database

OUTINGS = 6
RETURN = 120.0  # seconds after which nobody hopes any more


@contextlib.contextmanager
def battle(server: Server, families: int = 24, give_up: float = 10) -> Iterator["Battle"]:
    """A seeded database, the site over it, and the clients at work until the end of the block.

    Of ``families``, more than half wait on each outing. ``give_up``: seconds without an answer that are called hanging.
    """
    tell("migrating and seeding")
    data = make_database(server)
    with inside.application(data) as app, app.app_context():
        scene = seed(Plan(readers=1, writers=families, hot=OUTINGS, spread=1, races=0), secrets.token_urlsafe(12))
    data.execute(f"UPDATE outings SET total_seats = {families * 5 // 12 * 2} WHERE title LIKE 'Hot %'")
    data.execute("VACUUM ANALYZE")
    with served(server, data) as stage, tempfile.TemporaryDirectory(prefix="acknowledged-") as folder:
        crowd = Crowd(clients_of(stage, scene, Path(folder), give_up))
        watch = Watch(stage.site.port, give_up)
        try:
            yield Battle(stage, data, crowd, watch, Path(folder))
        finally:
            watch.end()
            crowd.end()


def clients_of(stage: Stage, scene: Scene, folder: Path, give_up: float) -> list[Client]:
    """The families, signed in and shared out."""
    tell(f"signing {len(scene.writers)} families in")
    accounts = sign_in_all(over_http(stage.site.port), scene, [family.user.email for family in scene.writers])
    pairs = list(zip(scene.writers, accounts, strict=True))
    outings = [str(outing.id) for outing in scene.hot]
    return [
        Client(number, stage.site.port, pairs[number::CLIENTS], outings, folder, give_up) for number in range(CLIENTS)
    ]


class Battle:
    """Fault after fault."""

    def __init__(self, stage: Stage, data: Database, crowd: Crowd, watch: Watch, folder: Path) -> None:
        self.stage, self.data, self.crowd, self.watch, self.folder = stage, data, crowd, watch, folder
        self.rows: dict[str, Row] = {}
        self.wrong: list[str] = []
        self.known: set[str] = set()

    def run(self, kinds: list[Kind]) -> list[Row]:
        """One row for each kind."""
        for number, kind in enumerate(kinds):
            self.crowd.go()
            time.sleep(random.uniform(0.2, 0.5))
            with kind.fault(self.stage):
                time.sleep(kind.lasts)
            mended = time.monotonic()
            back = self.crowd.everybody_served_after(mended, RETURN)
            if back is None or not self.watch.ready_after(mended, RETURN):
                raise RuntimeError(f"after {kind.what}, the site did not come back within {RETURN:.0f} s")
            self.crowd.rest()
            row = self.rows.setdefault(kind.what, Row(kind.what))
            found = self.look()
            seen = self.watch.take()
            row.note(back, self.crowd.take_tally(), found)
            row.note_looks(seen, self.watch.give_up)
            if kind.silences and all(look.status != 503 for look in seen):
                self.wrong.append(f"{kind.what}: /readyz did not say so")
            self.wrong += [f"{kind.what}: {what}" for what in (*found.all(), *row.wrong)]
            if number % 10 == 9 or number + 1 == len(kinds):
                tell(f"{number + 1} of {len(kinds)} faults")
        return sorted(self.rows.values(), key=lambda row: row.what)

    def look(self) -> Findings:
        """What is wrong now and was not before."""
        found = compare(self.data, Promised.read(self.folder))
        fresh = Findings(
            *([what for what in part if what not in self.known] for part in (found.lost, found.doubled, found.seats))
        )
        self.known.update(fresh.all())
        return fresh


def tell(what: str) -> None:
    """Progress, apart from the table."""
    print(what, file=sys.stderr, flush=True)
