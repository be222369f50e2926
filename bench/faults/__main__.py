"""``python -m bench.faults``: break things under load, and count what was lost."""

import argparse
import random
import sys

from bench.faults import control
from bench.faults.battle import battle
from bench.faults.clients import CLIENTS
from bench.faults.kinds import DISK, DISK_SHARE, KINDS, Kind, disk_full
from bench.faults.rows import table
from bench.faults.site import Server, home_of, small_disk
from bench.table import machine

SMALL_DISK = 400  # megabytes; PostgreSQL's programs may have to lie on it, too


def main() -> int:
    """Break, compare, print; 1 when anything was lost, doubled or wrong."""
    options = arguments()
    if options.control:
        return control.main(options.rounds)
    rows, broken = [], []
    kinds = [kind for kind in KINDS if not options.only or kind.key in options.only]
    if kinds:
        with Server(home_of("faults-postgres")) as server, battle(server, options.families, options.give_up) as fight:
            rows += fight.run(plan(kinds, options.faults))
            broken += fight.wrong
    sentence = ""
    if not options.only or "disk" in options.only:
        try:
            with (
                small_disk(SMALL_DISK) as folder,
                Server(folder / "postgres") as server,
                battle(server, options.families, options.give_up) as fight,
            ):
                kind = Kind("disk", DISK, disk_full(folder), DISK_SHARE, 2.0)
                rows += fight.run([kind] * max(1, options.faults * DISK_SHARE // 100))
                broken += fight.wrong
        except PermissionError as error:
            sentence = f"The row of a full disk is missing: this machine mounts no small disk for us ({error})."
    print(table(rows))
    print(f"\n{machine()} {sum(row.times for row in rows)} faults under {CLIENTS} clients; gunicorn.conf.py, 2 x 4.")
    if sentence:
        print(sentence)
    for what in dict.fromkeys(broken):
        print(f"WRONG: {what}", file=sys.stderr)
    return 1 if broken else 0


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description="Break things, and count what is lost.")
    parser.add_argument("--faults", type=int, default=200, help="how many (default: 200)")
    keys = [*(kind.key for kind in KINDS), "disk"]
    parser.add_argument("--only", action="append", choices=keys, help="these; may be given several times")
    parser.add_argument("--families", type=int, default=24, help="shared out among the 8 clients (default: 24)")
    parser.add_argument("--give-up", type=float, default=10, help="seconds without an answer that are called hanging")
    parser.add_argument("--control", action="store_true", help="a database that acknowledges too early: must lose some")
    parser.add_argument("--rounds", type=int, default=10, help="crashes of the control at most (default: 10)")
    return parser.parse_args()


def plan(kinds: list[Kind], faults: int) -> list[Kind]:
    """Each kind by its share, once at least, in an order that is the same each time."""
    whole = sum(kind.share for kind in kinds) + (DISK_SHARE if len(kinds) == len(KINDS) else 0)
    order = [kind for kind in kinds for _ in range(max(1, round(faults * kind.share / whole)))]
    random.Random(faults).shuffle(order)
    return order


if __name__ == "__main__":
    sys.exit(main())
