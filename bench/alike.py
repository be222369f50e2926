"""``python -m bench.alike``: whether time tells an account that exists from one that does not, at each of the four doors.

Both are asked one right after the other, in random order, so that a busy machine is as busy for either. Of each pair only the
difference counts. Wilcoxon's test ranks the differences, and the estimate of Hodges and Lehmann (the median of all averages of two of
them) says how large they are: neither is led astray by the few slow answers that every machine has. Beside it stands the smallest
difference that this run would have seen nine times out of ten; a run that is blind says so.
"""

import argparse
import math
import random
import secrets
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import delete, insert

from app.extensions import db, new_id
from app.identity.models import AttemptCounter, User
from app.identity.passwords import hash_password
from app.units.models import Unit
from bench import inside
from bench.accounts import OF_PROXY, TOKEN, Send, cookie_of
from bench.ask import Ask
from bench.serve import databases

EACH = 4  # attempts at one name in one window; the sixth link would be refused
SURE = 3.66  # the z of p = 0.001 for the four doors together
SEEN = SURE + 1.28  # so many standard errors are found nine times out of ten
WARM_UP = 20  # pairs that do not count
MOST_AVERAGES = 2000  # of pairs that the estimate looks at: their averages are two million
Form = Callable[[str], list[tuple[str, str]]]


@dataclass(frozen=True)
class Door:
    """Where a stranger can name an account, and how all are answered."""

    page: str
    form: Form
    status: int


@dataclass(frozen=True)
class Verdict:
    """Of one door; all in milliseconds but ``z``."""

    z: float
    difference: float
    smallest: float
    median: float

    @property
    def alike(self) -> bool:
        """Whether chance alone makes such differences."""
        return abs(self.z) < SURE


def main() -> int:
    """Print a line for each door; 1 when one of them gives accounts away."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.alike", description="Are unknown accounts given away by time?"
    )
    parser.add_argument("--samples", type=int, default=1000, help="pairs for each door")
    samples = parser.parse_args().samples
    with databases() as home:
        data = home.create("alike")
        inside.upgrade(data)
        with inside.application(data) as app:
            app.config["SENDS_MAIL"] = True  # the queue is written, and nobody works it off
            verdicts = {name: judge(measure(app, name, door, samples)) for name, door in doors(app).items()}
    for name, found in verdicts.items():
        print(
            f"{name:12} {samples} pairs, median {found.median:.3f} ms; known - unknown {found.difference * 1000:+.0f} us, "
            f"z = {found.z:+.2f}: {'alike' if found.alike else 'NOT alike'} "
            f"(would have seen {found.smallest * 1000:.0f} us)"
        )
    return 0 if all(found.alike for found in verdicts.values()) else 1


def doors(app: Flask) -> dict[str, Door]:
    """The four, and a unit that can be asked to join."""
    with app.app_context():
        unit = Unit(id=new_id(), name="Troop 77", takes_requests=True)
        db.session.add(unit)
        db.session.commit()
        join = f"/units/{unit.id}/join"
    return {
        "sign-in": Door("/login", lambda email: [("login", email), ("password", "a wrong guess")], 422),
        "emailed link": Door("/login/link", lambda email: [("login", email)], 303),
        "reset": Door("/login/forgot", lambda email: [("login", email)], 303),
        "join": Door(join, lambda email: [("name", "Nora"), ("email", email), ("message", "Ava")], 303),
    }


def measure(app: Flask, name: str, door: Door, samples: int) -> list[tuple[float, float]]:
    """Milliseconds for a known and an unknown account, pair by pair."""
    kinds, wanted = ("known", "unknown"), samples + WARM_UP
    prefix = name.replace(" ", "-")
    names = {
        kind: [f"{prefix}-{kind:>7}{at:05}@bench.example".replace(" ", "x") for at in range(-(-wanted // EACH))]
        for kind in kinds
    }
    with app.app_context():
        password_hash = hash_password(secrets.token_urlsafe(12))
        values = {"password_hash": password_hash, "name": "Somebody"}
        db.session.execute(insert(User), [values | {"id": new_id(), "email": email} for email in names["known"]])
        db.session.commit()
    send = inside.directly(app)
    opened = send(Ask(door.page, OF_PROXY))
    found = TOKEN.search(opened.body)
    assert found, f"{door.page} has a form"
    signed = {"Cookie": f"__Host-session={cookie_of(opened)}"}
    token = [("csrf_token", found[1].decode())]
    pairs = []
    for number in range(wanted):
        if number % 50 == 0:
            forget_counters(app)
        address = {"X-Forwarded-For": f"198.51.{number // 250 % 250}.{number % 250}"}
        took = {}
        for kind in random.sample(kinds, 2):
            ask = Ask(
                door.page, OF_PROXY | address | signed, token + door.form(names[kind][number // EACH]), (door.status,)
            )
            took[kind] = time_of(send, ask)
        pairs.append((took["known"], took["unknown"]))
    return pairs[WARM_UP:]


def forget_counters(app: Flask) -> None:
    """Those of the unit that is asked to join would be used up."""
    with app.app_context():
        db.session.execute(delete(AttemptCounter))
        db.session.commit()


def time_of(send: Send, ask: Ask) -> float:
    """How long the answer takes, in milliseconds."""
    began = time.perf_counter()
    answer = send(ask)
    took = (time.perf_counter() - began) * 1000
    if answer.status != ask.statuses[0]:
        raise RuntimeError(f"{ask.path}: {answer.status}")
    return took


def judge(pairs: list[tuple[float, float]]) -> Verdict:
    """What the differences say."""
    differences = [known - unknown for known, unknown in pairs]
    low, middle, high = hodges_lehmann(differences)
    return Verdict(
        z=z_of(differences),
        difference=middle,
        # Half of the interval is SURE standard errors wide.
        smallest=(high - low) / 2 * SEEN / SURE,
        median=statistics.median(time for pair in pairs for time in pair),
    )


def z_of(differences: list[float]) -> float:
    """The z-score of Wilcoxon's signed ranks."""
    ranked = sorted(filter(None, differences), key=abs)
    n = len(ranked)
    positive = sum(rank for rank, difference in enumerate(ranked, 1) if difference > 0)
    return (positive - n * (n + 1) / 4) / math.sqrt(n * (n + 1) * (2 * n + 1) / 24) if n else 0.0


def hodges_lehmann(differences: list[float]) -> tuple[float, float, float]:
    """The lower end, the middle and the upper end of the differences that fit: the median of all averages of two, and its interval
    at ``SURE``.
    """
    kept = random.sample(differences, min(len(differences), MOST_AVERAGES))
    n = len(kept)
    averages = sorted((one + other) / 2 for at, one in enumerate(kept) for other in kept[at:])
    reach = SURE * math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
    cut = max(0, int(len(averages) / 2 - reach))
    return averages[cut], statistics.median(averages), averages[-1 - cut]


if __name__ == "__main__":
    sys.exit(main())
