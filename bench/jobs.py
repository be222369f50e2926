"""The rows of the table: which side is asked what, and the ratio to reach."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import Flask

from bench import floor, inside
from bench.ask import Ask
from bench.client import Run
from bench.measure import Job, Side
from bench.pages import RACING, Visitors, floor_fifty, floor_signups
from bench.serve import Database, Site

HOT, LAST_PLACES = 1, 2  # outings of the floor
KEYS = ("list", "roster", "hot", "spread", "race", "big")


@dataclass(frozen=True)
class Stage:
    """Everything that serves, and what stands behind it."""

    floor: Site
    product: Site
    big: Site | None
    floor_data: Database
    data: Database
    app: Flask
    visitors: Visitors
    seconds: float


def make_jobs(stage: Stage, many: int) -> list[Job]:
    """In the order of the table; ``many`` participants are in the big database."""
    visitors = stage.visitors
    fifty = side(stage.floor, floor_fifty, stage, floor.STATEMENTS["fifty"])
    one_row = side(stage.floor, lambda: floor_signups(HOT), stage, floor.STATEMENTS["signup"])

    def page(site: Site, name: str) -> Side:
        return side(site, lambda: visitors.page(name), stage, count(stage, visitors.page(name)))

    def signups(kind: str, *, htmx: bool = False) -> Side:
        asks = visitors.signups(visitors.hot_pairs if kind == "Hot" else visitors.spread_pairs, htmx=htmx)

        def check(_: Run) -> list[str]:
            return visitors.check_signed_up(stage.data, kind)

        return side(stage.product, lambda: asks, stage, count(stage, asks), check)

    jobs = [
        Job("list", "outings list", fifty, page(stage.product, "list"), goal=0.30),
        Job("roster", "roster, first 50 of 100 rows", fifty, page(stage.product, "roster"), goal=0.25),
        Job("hot", "sign-up of two, one hot outing", one_row, signups("Hot"), goal=0.25),
        Job("hot", "the same through htmx, the party in the answer", one_row, signups("Hot", htmx=True)),
        Job("spread", "sign-ups spread over 50 outings", one_row, signups("Spread"), goal=0.35),
        race(stage),
    ]
    if stage.big:
        for name in ("list", "roster", "signup page"):
            what = f"{name}: {many:,} more participants (product) beside 2,100 (floor)"
            jobs.append(Job("big", what, page(stage.product, name), page(stage.big, name), "mean", 1.2))
    return jobs


def side(
    site: Site,
    asks: Callable[[], Iterator[Ask]],
    stage: Stage,
    statements: int,
    check: Callable[[Run], list[str]] = lambda _: [],
) -> Side:
    """Sixteen browsers for some seconds."""
    return Side(site, asks, check, statements, seconds=stage.seconds)


def count(stage: Stage, asks: Iterator[Ask]) -> int:
    """SQL statements of one request."""
    return len(inside.statements(stage.app, asks))


def race(stage: Stage) -> Job:
    """Families that all want the last places at one moment; each outing serves for one round."""
    visitors, scene = stage.visitors, stage.visitors.scene
    racing = min(RACING, len(visitors.writers))
    outings = iter(scene.races)
    places = (scene.races[0].total_seats or 0) - 30

    def floor_asks() -> Iterator[Ask]:
        stage.floor_data.execute(f"UPDATE outing SET cap = taken + {places} WHERE id = {LAST_PLACES}")
        return itertools.islice(floor_signups(LAST_PLACES, people=1), racing)

    def floor_check(run: Run) -> list[str]:
        won = run.statuses.get(201, 0)
        return [] if won == places else [f"floor: {won} of {places} last places were taken"]

    running = []

    def asks() -> Iterator[Ask]:
        running.append(next(outings))
        return iter(list(visitors.race(running[-1])))

    def check(_: Run) -> list[str]:
        states = stage.data.execute(
            f"SELECT p.state, count(*)::int FROM participants p WHERE p.outing_id = '{running[-1].id}' GROUP BY 1 ORDER BY 1"
        )
        right = [("confirmed", 30 + places), ("waiting", racing - places)]
        return [] if states == right else [f"the last {places} places: {states} instead of {right}"]

    what = f"{racing} families at once for the last {places} places"
    sides = Side(stage.floor, floor_asks, floor_check), Side(stage.product, asks, check)
    for one in sides:
        one.connections = racing
    return Job("race", what, *sides, by="wall", goal=4)
