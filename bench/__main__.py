"""``python -m bench``: serve the floor and the product, ask both in turns, print one table."""

import argparse
import math
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import inside
from bench.accounts import over_http
from bench.jobs import KEYS, Stage, make_jobs
from bench.measure import Job
from bench.pages import Visitors
from bench.seed import Plan, Scene, seed, seed_many
from bench.serve import Database, Databases, databases, serving
from bench.table import machine, table

FASTEST = 700  # sign-ups a second; there must be families enough for them
SHORT = Plan(readers=2, writers=12, hot=40, spread=40, races=2, places=4)


def main() -> int:
    """Measure and print; 1 when an answer was wrong, whatever the figures say."""
    options = arguments()
    faults: list[str] = []
    with ExitStack() as open_until_the_end:
        stage = open_until_the_end.enter_context(everything(options, faults))
        tell("counting SQL statements and warming up")
        jobs = [job for job in make_jobs(stage, options.big) if not options.only or job.key in options.only]
        for job in jobs:
            job.warm_up(faults)
        for number in range(options.rounds):
            tell(f"round {number + 1} of {options.rounds}")
            for job in jobs:
                job.measure(faults)
        sites = (stage.floor, stage.product, *([stage.big] if stage.big else []))
        memory = {"floor": stage.floor.resident(), "product": [mb for site in sites[1:] for mb in site.resident()]}
    print(report(jobs, memory, options))
    for fault in dict.fromkeys(faults):
        tell(f"WRONG: {fault}")
    return 1 if faults else 0


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="How fast, beside the least work possible.")
    parser.add_argument("--seconds", type=float, default=3, help="of each measurement (default: 3)")
    parser.add_argument("--rounds", type=int, default=5, help="of which the median counts (default: 5)")
    parser.add_argument("--only", action="append", choices=KEYS, help="these rows; may be given several times")
    parser.add_argument("--big", type=int, default=500_000, help="participants of the second phase; 0 leaves it out")
    parser.add_argument("--short", action="store_true", help="a few requests each, to see that it runs")
    options = parser.parse_args()
    if options.short:
        options.seconds, options.rounds, options.big = 0.05, 1, min(options.big, 2000)
    if options.only and "big" not in options.only:
        options.big = 0
    return options


def plan_of(options: argparse.Namespace) -> Plan:
    """Enough outings for all rounds and the warm-up; two rows use the hot ones."""
    if options.short:
        return SHORT
    writers = Plan.writers
    hot = math.ceil((options.seconds * options.rounds + 1) * FASTEST * 2 / writers)
    return Plan(hot=hot, spread=max(50, math.ceil(hot / 2)), races=options.rounds)


@contextmanager
def everything(options: argparse.Namespace, faults: list[str]) -> Iterator[Stage]:
    """Databases, sites and accounts, until the end of the block."""
    with ExitStack() as stack:
        home = stack.enter_context(databases())
        floor_data = home.create("floor")
        floor_data.execute(Path(__file__).with_name("floor.sql").read_text())
        data, scene = product(home, plan_of(options))
        many = big(home, data, options.big) if options.big else None
        home.root.execute("CHECKPOINT")
        pg = home.postmaster
        # Each process has its templates to compile; where only few requests come, one is enough.
        fewer = {"WEB_CONCURRENCY": "1"} if options.short else {}
        floor = stack.enter_context(serving("floor", "bench.floor:app", {"FLOOR_DSN": floor_data.dsn, **fewer}, pg))
        site = stack.enter_context(serving("product", "wsgi:app", data.settings() | fewer, pg))
        large = stack.enter_context(serving("big", "wsgi:app", many.settings() | fewer, pg)) if many else None
        app = stack.enter_context(inside.application(data))
        tell(f"signing {len(scene.leaders) * 2 + len(scene.writers)} accounts in")
        visitors = Visitors.of(scene, over_http(site.port))
        if many:
            sign_in_there_too(data, many)
        for port, behind in ((site.port, data), *([(large.port, many)] if large and many else [])):
            faults += visitors.check_pages(over_http(port), behind)
        yield Stage(floor, site, large, floor_data, data, app, visitors, options.seconds)


def product(home: Databases, plan: Plan) -> tuple[Database, Scene]:
    """The product's database with the two troops."""
    tell("migrating and seeding the product")
    data = home.create("product")
    inside.upgrade(data)
    with inside.application(data) as app, app.app_context():
        scene = seed(plan, secrets.token_urlsafe(12))
    data.execute("VACUUM ANALYZE")
    return data, scene


def big(home: Databases, data: Database, participants: int) -> Database:
    """A copy of it, with many more troops. Its accounts are the same."""
    tell(f"seeding {participants:,} participants beside them")
    began = time.monotonic()
    many = home.create("big", template=data)
    with inside.application(many) as app, app.app_context():
        seed_many(participants, secrets.token_urlsafe(12))
    many.execute("VACUUM ANALYZE")
    tell(f"that took {time.monotonic() - began:.0f} s")
    return many


def sign_in_there_too(data: Database, many: Database) -> None:
    """Whoever has signed in to the product is signed in to its large copy: sessions are rows."""
    ((sessions,),) = data.execute("SELECT coalesce(json_agg(s), '[]')::text FROM browser_sessions s")
    quoted = str(sessions).replace("'", "''")
    many.execute(
        f"INSERT INTO browser_sessions SELECT * FROM json_populate_recordset(NULL::browser_sessions, '{quoted}')"
    )


def report(jobs: list[Job], memory: dict[str, list[float]], options: argparse.Namespace) -> str:
    """The table, and how it came about."""
    processes = 1 if options.short else 2
    what = f"{options.rounds} rounds of {options.seconds:g} s for each side in turns, medians; 16 clients, gunicorn {processes} x 4 gthread."
    return f"{table(jobs, memory)}\n\n{machine()} {what}"


def tell(what: str) -> None:
    """Progress, apart from the table."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
