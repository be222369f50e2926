"""What the clients were promised, kept outside the database, and whether the database keeps it."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bench.serve import Database

Pair = tuple[str, str]  # an outing and a family's account
LIVE = """
    SELECT p.outing_id::text, s.user_id::text, p.person_id::text, p.state, p.id::text
    FROM participants p JOIN signups s ON s.id = p.signup_id JOIN outings o ON o.id = p.outing_id
    WHERE o.title LIKE 'Hot %' ORDER BY p.id
"""
SEATS = "SELECT id::text, total_seats FROM outings WHERE title LIKE 'Hot %'"


class Notebook:
    """One client's file; a line for each form that was acknowledged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path.open("a", buffering=1)

    def acknowledged(self, pair: Pair, people: Iterable[str]) -> None:
        """The family's party on the outing is now these people."""
        self.file.write(json.dumps([*pair, sorted(people)]) + "\n")


@dataclass
class Findings:
    """Sentences; none is what we want."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    seats: list[str] = field(default_factory=list)

    def add(self, other: "Findings") -> None:
        """Both together."""
        self.lost += other.lost
        self.doubled += other.doubled
        self.seats += other.seats

    def all(self) -> list[str]:
        """In one list."""
        return [*self.lost, *self.doubled, *self.seats]


@dataclass
class Promised:
    """All files together: each family's party as it was acknowledged last, and how often each person joined."""

    parties: dict[Pair, set[str]] = field(default_factory=dict)
    joined: Counter[Pair] = field(default_factory=Counter)
    forms: int = 0

    @classmethod
    def read(cls, folder: Path) -> "Promised":
        """Each pair of outing and family is in one client's file only, so that the order of its lines is known."""
        promised = cls()
        for path in sorted(folder.glob("*.record")):
            for line in path.read_text().splitlines():
                outing, family, people = json.loads(line)
                before = promised.parties.get((outing, family), set())
                promised.joined.update((outing, person) for person in people if person not in before)
                promised.parties[outing, family] = set(people)
                promised.forms += 1
        return promised


def compare(database: Database, promised: Promised) -> Findings:
    """Whether everybody who was promised a place has one, once; and whether the seats are right."""
    found = Findings()
    ever: Counter[Pair] = Counter()
    live: dict[Pair, list[str]] = defaultdict(list)
    by_outing: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for outing, family, person, state, row in database.execute(LIVE):
        ever[str(outing), str(person)] += 1
        if state != "cancelled":
            live[str(outing), str(family)].append(str(person))
            by_outing[str(outing)].append((str(row), str(family), str(state)))
    for pair in promised.parties.keys() | live.keys():
        people, there = promised.parties.get(pair, set()), live.get(pair, [])
        found.lost += [f"{person} has no place on {pair[0]}" for person in sorted(people - set(there))]
        extra = Counter(there) - Counter(people)
        found.doubled += [f"{person} is on {pair[0]} and was never promised that" for person in sorted(extra)]
    for pair in promised.joined.keys() | ever.keys():
        if (times := ever[pair] - promised.joined[pair]) > 0:
            found.doubled.append(f"{pair[1]} joined {pair[0]} {times} times more than it was acknowledged")
        elif times < 0:
            found.lost.append(f"{pair[1]} joined {pair[0]} {-times} times less than it was acknowledged")
    for outing, seats in database.execute(SEATS):
        found.seats += wrong_seats(str(outing), int(str(seats)), by_outing[str(outing)])
    return found


def wrong_seats(outing: str, seats: int, rows: list[tuple[str, str, str]]) -> list[str]:
    """Every party here is two children who stay together, so that the line must be served strictly in its order.

    ``rows`` are in the order in which they joined: their ids were made under the outing's lock, and sort by time.
    """
    states = [state for _, _, state in rows]
    confirmed, waiting = states.count("confirmed"), states.count("waiting")
    wrong = []
    if confirmed > seats:
        wrong.append(f"{outing}: {confirmed} people on {seats} seats")
    if waiting and seats - confirmed >= 2:
        wrong.append(f"{outing}: {seats - confirmed} seats are free while {waiting} people wait")
    if "waiting" in states and "confirmed" in states[states.index("waiting") :]:
        wrong.append(f"{outing}: somebody who came later was given a seat before somebody who waits")
    for family in {family for _, family, _ in rows}:
        if len({state for _, whose, state in rows if whose == family}) > 1:
            wrong.append(f"{outing}: a family that stays together was torn apart")
    return wrong
