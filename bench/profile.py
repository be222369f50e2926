"""``python -m bench.profile list|roster|signup``: what one page costs, function by function.

The application runs in this process, on the bench's own database. First the page is timed plainly; then it is profiled,
which makes every call slower, so that the profile tells shares and not times.
"""

import argparse
import cProfile
import itertools
import pstats
import secrets
import sys
import time

from bench import inside
from bench.ask import Ask
from bench.pages import Visitors
from bench.seed import Plan, seed
from bench.serve import databases

PAGES = {"list": "list", "roster": "roster", "page": "signup page"}
WARM_UP = 30  # requests


def main() -> int:
    """Print the profile."""
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description="Where a page's time goes.")
    parser.add_argument("page", choices=[*PAGES, "signup", "htmx"], help="signup and htmx send the form; page shows it")
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--top", type=int, default=30, help="functions of each list")
    parser.add_argument("--dump", help="a file for the raw profile")
    options = parser.parse_args()
    plan = Plan(readers=4, writers=40, hot=10 + options.requests // 12)
    with databases() as home:
        data = home.create("profiled")
        inside.upgrade(data)
        with inside.application(data) as app:
            with app.app_context():
                scene = seed(plan, secrets.token_urlsafe(12))
            data.execute("VACUUM ANALYZE")
            send = inside.directly(app)
            visitors = Visitors.of(scene, send)
            if options.page in PAGES:
                asks = visitors.page(PAGES[options.page])
            else:
                asks = visitors.signups(visitors.hot_pairs, htmx=options.page == "htmx")
            statements = inside.statements(app, asks)
            run(send, itertools.islice(asks, WARM_UP))
            began, cpu = time.perf_counter(), time.process_time()
            run(send, itertools.islice(asks, options.requests))
            wall, cpu = time.perf_counter() - began, time.process_time() - cpu
            profile = cProfile.Profile()
            profile.runcall(run, send, itertools.islice(asks, options.requests))
    print(
        f"{options.page}: {wall / options.requests * 1000:.2f} ms a request, {cpu / options.requests * 1000:.2f} ms of them"
    )
    print(f"in this process. {len(statements)} SQL statements:")
    for statement in statements:
        print(" -", " ".join(statement.split())[:150])
    stats = pstats.Stats(profile)
    if options.dump:
        stats.dump_stats(options.dump)
    stats.strip_dirs()
    for order in ("tottime", "cumulative"):
        stats.sort_stats(order).print_stats(options.top)
    return 0


def run(send: inside.Send, asks: "itertools.islice[Ask]") -> None:
    """One after the other.

    Raises:
        RuntimeError: an answer is wrong.
    """
    for ask in asks:
        if fault := send(ask).fault(ask):
            raise RuntimeError(fault)


if __name__ == "__main__":
    sys.exit(main())
