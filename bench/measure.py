"""Measuring in turns: a round asks one side and then the other, and what counts is the median over the rounds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median

from bench import client
from bench.ask import Ask
from bench.client import Run
from bench.serve import Site

WARM_UP = 0.5  # seconds


@dataclass(frozen=True)
class Figures:
    """Of one side in one round; times in milliseconds."""

    per_second: float
    p50: float
    p95: float
    mean: float
    wall: float
    cpu: float
    database_cpu: float


@dataclass
class Side:
    """Who is asked what. ``asks`` is called once for each round, ``check`` after it."""

    site: Site
    asks: Callable[[], Iterator[Ask]]
    check: Callable[[Run], list[str]] = lambda _: []
    statements: int | None = None
    connections: int = 16
    seconds: float | None = None

    def measure(self, faults: list[str]) -> Figures:
        """One round's share."""
        before = self.site.cpu(), self.site.database_cpu()
        run = client.run(self.site.port, self.asks(), self.connections, self.seconds, before[0])
        used, used_by_database = (
            # A process that has started since counts from zero.
            sum(seconds - known.get(pid, 0) for pid, seconds in now.items())
            for known, now in zip(before, (self.site.cpu(), self.site.database_cpu()), strict=True)
        )
        faults += run.faults[:3] + self.check(run)
        answers = len(run.latencies)
        if not answers:
            faults.append(f"{self.site.name}: there was nothing left to ask")
        return Figures(
            per_second=run.per_second,
            p50=run.percentile(0.5) * 1000,
            p95=run.percentile(0.95) * 1000,
            mean=sum(run.latencies) / max(1, answers) * 1000,
            wall=run.seconds * 1000,
            cpu=used / max(1, answers) * 1000,
            database_cpu=used_by_database / max(1, answers) * 1000,
        )


@dataclass
class Job:
    """One row of the table. ``by`` says what the ratio is made of; times are to stay below the goal."""

    key: str
    what: str
    floor: Side
    product: Side
    by: str = "per_second"
    goal: float | None = None
    rounds: list[tuple[Figures, Figures]] = field(default_factory=list)

    def warm_up(self, faults: list[str]) -> None:
        """Templates, statements and connections are there before the clock runs."""
        for side in (self.floor, self.product):
            if side.seconds:
                run = client.run(side.site.port, side.asks(), side.connections, min(WARM_UP, side.seconds))
                faults += run.faults[:3]

    def measure(self, faults: list[str]) -> None:
        """One round; every second one begins with the product."""
        turned = len(self.rounds) % 2
        sides = (self.product, self.floor) if turned else (self.floor, self.product)
        first, second = (side.measure(faults) for side in sides)
        self.rounds.append((second, first) if turned else (first, second))

    def median(self, name: str) -> tuple[float, float]:
        """Of the floor and of the product."""
        floor, product = zip(*self.rounds, strict=True)
        return median(getattr(one, name) for one in floor), median(getattr(one, name) for one in product)

    def ratio(self, name: str) -> float | None:
        """Product to floor: the median of the rounds' ratios, since both sides of a round share its noise."""
        pairs = [(getattr(floor, name), getattr(product, name)) for floor, product in self.rounds]
        return median(product / floor for floor, product in pairs) if all(floor for floor, _ in pairs) else None

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached, if there is one."""
        ratio = self.ratio(self.by)
        if self.goal is None or ratio is None:
            return None
        return ratio >= self.goal if self.by == "per_second" else ratio <= self.goal
