"""The arithmetic of seats and of the waiting list: pure functions over plain numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple, Self
from uuid import UUID

from app.families.models import PersonKind
from app.outings.models import WaitingRule
from app.outings.plain import AnyOuting


class Load(NamedTuple):
    """Seats of each kind: youth, adults, everybody, and places in cars on each way (a driver's load is negative)."""

    youth: int = 0
    adults: int = 0
    total: int = 0
    there: int = 0
    back: int = 0

    def plus(self, other: "Load") -> "Load":
        """Both together."""
        youth, adults, total, there, back = other
        return Load(self.youth + youth, self.adults + adults, self.total + total, self.there + there, self.back + back)

    def minus(self, other: "Load") -> "Load":
        """Without the other."""
        return Load(*(mine - theirs for mine, theirs in zip(self, other, strict=True)))

    @classmethod
    def of(cls, kind: str, passengers_there: int | None, passengers_back: int | None) -> Self:
        """What one person takes. A driver offers ``passengers`` places and the own one; None does not drive."""
        youth = kind == PersonKind.YOUTH
        return cls(
            youth=int(youth),
            adults=int(not youth),
            total=1,
            there=1 if passengers_there is None else -passengers_there,
            back=1 if passengers_back is None else -passengers_back,
        )


def sum_of(loads: Iterable[Load]) -> Load:
    """All of them together."""
    return reduce(Load.plus, loads, Load())


class Limits(NamedTuple):
    """How much of each kind there is; None is no limit. Cars are counted as loads against zero."""

    youth: int | None = None
    adults: int | None = None
    total: int | None = None
    there: int | None = None
    back: int | None = None

    @classmethod
    def of(cls, outing: AnyOuting) -> Self:
        """The limits that an outing sets."""
        cars = 0 if outing.counts_cars else None
        return cls(outing.youth_seats, outing.adult_seats, outing.total_seats, cars, cars)

    def allow(self, used: Load, load: Load) -> bool:
        """Whether ``load`` fits beside ``used``. What needs nothing of a kind is not kept out when that is overbooked."""
        return all(
            limit is None or wanted <= 0 or taken + wanted <= limit
            for limit, taken, wanted in zip(self, used, load, strict=True)
        )

    def is_full(self, used: Load) -> bool:
        """Whether nobody at all gets a seat any more, whoever it is."""
        return self.total is not None and used.total >= self.total

    def exceeded_by(self, used: Load) -> Load:
        """How far ``used`` is over each limit."""
        return Load(*(0 if limit is None else max(0, taken - limit) for limit, taken in zip(self, used, strict=True)))

    def left(self, used: Load, kind: str) -> int | None:
        """Free seats for one more person of ``kind`` (cars left aside), or None without a limit."""
        own = (self.youth, used.youth) if kind == PersonKind.YOUTH else (self.adults, used.adults)
        free = [limit - taken for limit, taken in (own, (self.total, used.total)) if limit is not None]
        return max(0, min(free)) if free else None


@dataclass(frozen=True)
class Waiting:
    """One person in line. People of one party with the same number came together."""

    id: UUID
    signup_id: UUID
    queue_no: int
    together: bool
    load: Load

    @property
    def group(self) -> tuple[int, UUID]:
        """The order of the line, and what holds a party together in it."""
        return (self.queue_no, self.signup_id)


def groups_of(line: Iterable[Waiting]) -> list[list[Waiting]]:
    """The line as parties, the first to be served first."""
    parties: dict[tuple[int, UUID], list[Waiting]] = {}
    for person in sorted(line, key=lambda person: (person.group, person.id)):
        parties.setdefault(person.group, []).append(person)
    return list(parties.values())


def portions(party: Sequence[Waiting]) -> list[list[Waiting]]:
    """What has to be seated at one stroke: a party that stays together, or else each person, drivers first."""
    if party[0].together:
        return [list(party)]
    return [[person] for person in sorted(party, key=lambda person: person.load.there + person.load.back)]


def work_off(limits: Limits, used: Load, line: Sequence[Waiting], rule: str) -> list[Waiting]:
    """Who of the line gets a seat now, in the order in which they get it.

    First come, first served by party. ``whoever_fits`` passes over a party that does not fit and lets it keep its place;
    ``in_order`` holds the seats that it needs, so that those behind it get only what is left beside them. A party
    that no outing of this size could seat is never held for. (domain.md, "Waiting list")
    """
    seated: list[Waiting] = []
    if limits.is_full(used):  # a long line is looked through for every seat that is asked for
        return seated
    waiting = [portion for party in groups_of(line) for portion in portions(party)]
    begins_anew = True
    while begins_anew:
        begins_anew, held = False, Load()
        passed_over: list[list[Waiting]] = []
        for at, portion in enumerate(waiting):
            load = sum_of(person.load for person in portion)
            if limits.allow(used.plus(held), load):
                used = used.plus(load)
                seated += portion
                # A driver brings places: those who were passed over are asked once more before anybody behind them.
                begins_anew = bool(passed_over) and (load.there < 0 or load.back < 0)
                if begins_anew:
                    passed_over += waiting[at + 1 :]
                    break
                continue
            passed_over.append(portion)
            if rule == WaitingRule.IN_ORDER and limits.allow(Load(there=-1000, back=-1000), load):
                held = held.plus(Load(*(max(0, wanted) for wanted in load)))
        waiting = passed_over
    return seated
