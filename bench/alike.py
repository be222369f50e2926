"""``python -m bench.alike``: whether a wrong password takes as long for an account that exists as for one that does not.

Both are asked in turns, in random order. Mann and Whitney's test compares the two series: it asks whether times of one tend to
be above those of the other, and is not led astray by the few slow ones that every machine has.
"""

import argparse
import math
import random
import secrets
import statistics
import sys
import time

from flask import Flask
from sqlalchemy import insert

from app.extensions import db, new_id
from app.identity.models import User
from app.identity.passwords import hash_password
from bench import inside
from bench.accounts import OF_PROXY, TOKEN, cookie_of
from bench.ask import Ask
from bench.serve import databases, upgrade

EACH = 5  # attempts at one name; the tenth would be refused
SURE = 3.29  # the z of p = 0.001: what chance alone exceeds once in a thousand runs


def main() -> int:
    """Print both medians and the test; 1 when the two can be told apart."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.alike", description="Are unknown accounts given away by time?"
    )
    parser.add_argument("--samples", type=int, default=1000, help="of each kind")
    samples = parser.parse_args().samples
    with databases() as home:
        data = home.create("alike")
        upgrade(data)
        with inside.application(data) as app:
            times = measure(app, samples)
    z = z_of(times["known"], times["unknown"])
    for kind, found in times.items():
        quarters = statistics.quantiles(found, n=4)
        print(
            f"{kind:8} {len(found)} samples, median {quarters[1]:.3f} ms, quartiles {quarters[0]:.3f} to {quarters[2]:.3f} ms"
        )
    alike = abs(z) < SURE
    print(f"Mann-Whitney: z = {z:+.2f} (|z| below {SURE}: not to be told apart): {'alike' if alike else 'NOT alike'}")
    return 0 if alike else 1


def measure(app: Flask, samples: int) -> dict[str, list[float]]:
    """Milliseconds of each attempt, by kind."""
    names = {
        kind: [f"{kind}{number}@bench.example" for number in range(-(-samples // EACH))]
        for kind in ("known", "unknown")
    }
    with app.app_context():
        password_hash = hash_password(secrets.token_urlsafe(12))
        values = {"password_hash": password_hash, "name": "Somebody"}
        db.session.execute(insert(User), [values | {"id": new_id(), "email": email} for email in names["known"]])
        db.session.commit()
    send = inside.directly(app)
    opened = send(Ask("/login", OF_PROXY))
    found = TOKEN.search(opened.body)
    assert found, "the sign-in page has a form"
    cookie, token = cookie_of(opened), found[1].decode()
    tries = [(kind, names[kind][number // EACH]) for kind in names for number in range(samples)]
    random.shuffle(tries)
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    for number, (kind, email) in enumerate(tries):
        address = f"198.51.{number // 250 % 250}.{number % 250}"
        headers = OF_PROXY | {"X-Forwarded-For": address, "Cookie": f"__Host-session={cookie}"}
        form = [("csrf_token", token), ("login", email), ("password", "a wrong guess")]
        began = time.perf_counter()
        answer = send(Ask("/login", headers, form))
        times[kind].append((time.perf_counter() - began) * 1000)
        assert answer.status == 422, answer.status
    return times


def z_of(one: list[float], other: list[float]) -> float:
    """The z-score of Mann and Whitney's U."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    rank_sum = sum(rank for rank, (_, series) in enumerate(ranked, 1) if series == 0)
    n, m = len(one), len(other)
    u = rank_sum - n * (n + 1) / 2
    return (u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)


if __name__ == "__main__":
    sys.exit(main())
