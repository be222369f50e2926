"""``python -m bench.hostile``: does anything that anybody can send break the site, or come back as more than text?

The real application over its own PostgreSQL, in this process, with the two units and everybody of ``tests/routes/world.py`` in it,
whose names and notes are all markup. Every input is sent within a transaction that is rolled back; what an input changed is
looked at before that, on the page it leads to and on others, so that what is stored is judged as well. Ends with 1 and
the first inputs of each fault when there was an answer of 5xx, a marker unescaped, a statement that PostgreSQL or its driver
could not read, or an address that leads elsewhere.
"""

import argparse
import contextlib
import multiprocessing
import os
import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from unittest import mock

from hypothesis import HealthCheck, Phase, given, seed, settings

from app.extensions import db
from app.identity import passwords
from bench.hostile_texts import MARK
from bench.siege import Result, Siege, Tally
from bench.weapons import Target, Weapon, weapons
from tests.database import test_server
from tests.factories import CHEAP_HASHER
from tests.routes.planting import planted
from tests.routes.world import InhabitedSite, make_world
from tests.sites import lenient_site

SHOWN = 5
BATCH = 1_000  # inputs; what is lost at most when the battle is cut off
HELD = contextlib.ExitStack()
own_site: InhabitedSite  # of a process of the battle


def besiege(site: InhabitedSite, inputs: int, number: int) -> Result:
    """Send so many inputs, drawn from ``number``. The world of ``site`` is planted with markup for good.

    With no application context of the caller's own, since a request would find the caller's account in it.
    """
    dice = random.Random(number)
    planted(MARK)
    siege = Siege(site, dice)

    size = min(60, max(4, inputs // len(siege.targets)))
    with siege.standing(), contextlib.suppress(KeyboardInterrupt):
        while (left := inputs - siege.result.sent()) > 0:
            # In rounds of all addresses, so that hypothesis, which likes to stay with what it has found, sees each of them.
            for target in dice.sample(siege.targets, len(siege.targets))[: max(1, left // size)]:
                volley(siege, target, size, dice.getrandbits(64))
    return siege.result


def volley(siege: Siege, target: Target, size: int, number: int) -> None:
    """Some inputs at one address."""

    @seed(number)
    @settings(
        max_examples=size,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(weapon=weapons(target, siege.site.ids))
    def strike(weapon: Weapon) -> None:
        siege.strike(weapon)

    strike()


@contextlib.contextmanager
def besieged_site() -> Iterator[InhabitedSite]:
    """A site of its own with the world in it; passwords cost nothing, as in the tests."""
    with (
        mock.patch.object(passwords, "NOBODY", CHEAP_HASHER.hash("nobody")),
        mock.patch.object(passwords, "hasher", CHEAP_HASHER),
        lenient_site() as site,
        site.app.app_context(),
    ):
        made = InhabitedSite.of(site, make_world())
        db.session.remove()
        yield made


def table(result: Result) -> str:
    """One line for each kind of input."""
    lines = [
        f"| {'inputs by kind':16} |   inputs | 2xx    | 3xx    | 4xx    | 5xx | seconds |",
        "|------------------|---------:|-------:|-------:|-------:|----:|--------:|",
    ]
    whole = Tally()
    for kind, tally in [*sorted(result.tallies.items()), ("all", whole)]:
        hundreds = [tally.answers[at] for at in (2, 3, 4, 5)]
        lines.append(
            f"| {kind:16} | {tally.inputs:8,} | {hundreds[0]:6,} | {hundreds[1]:6,} | {hundreds[2]:6,} | {hundreds[3]:3,} | {tally.seconds:7.1f} |"
        )
        if tally is not whole:
            whole.inputs += tally.inputs
            whole.answers += tally.answers
            whole.seconds += tally.seconds
    lines.append(f"{result.looked:,} pages were looked at after an input was accepted.")
    for fault in ("5xx", "exception", "unescaped", "refused statement", "leads elsewhere", "said in the log"):
        lines.append(f"{fault}: {len(result.faults.get(fault, ())):,}")
    return "\n".join(lines)


def begin() -> None:
    """In a process of its own: the site that all of its batches are sent to."""
    global own_site
    own_site = HELD.enter_context(besieged_site())


def fight(batch: tuple[int, int]) -> Result:
    """One batch: so many inputs, drawn from a seed."""
    inputs, number = batch
    return besiege(own_site, inputs, number)


def war(inputs: int, number: int, processes: int, first: int = 1) -> Result:
    """Send ``inputs`` in batches from several processes, each with a site and a database of its own, and say after each how far it is.

    A batch is known by ``number`` and its place alone: cut off, the battle goes on with ``first``.
    """
    whole, began = Result(), time.perf_counter()
    sizes = [min(BATCH, inputs - at) for at in range(0, inputs, BATCH)]
    batches = [(size, number * 10_000 + place) for place, size in enumerate(sizes, 1) if place >= first]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, begin) as pool:
        running = {pool.submit(fight, batch): batch for batch in batches}
        for done, future in enumerate(as_completed(running), 1):
            size, seed_of_batch = running[future]
            whole.add(future.result())
            sent, passed = whole.sent(), time.perf_counter() - began
            left = passed / sent * (sum(size for size, _ in batches) - sent) / 60
            print(
                f"batch {seed_of_batch % 10_000} ({size:,} inputs, seed {seed_of_batch}), {done} of {len(batches)} done: {sent:,} inputs, "
                f"{sum(map(len, whole.faults.values())):,} faults, {sent / passed:.0f} a second, {left:.0f} min left",
                flush=True,
            )
    return whole


def main() -> int:
    """Print the table; 1 when something was found."""
    parser = argparse.ArgumentParser(prog="python -m bench.hostile", description="Inputs that mean no good.")
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="one for each processor")
    parser.add_argument("--first", type=int, default=1, help="the batch to go on with, under the same --seed")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    with test_server():
        result = war(given.inputs, given.seed, given.processes, given.first)
    print(table(result))
    for fault, inputs in result.faults.items():
        print(f"\n{fault}, the first of {len(inputs)}:", *inputs[:SHOWN], sep="\n  ")
    return 1 if result.faults else 0


if __name__ == "__main__":
    sys.exit(main())
