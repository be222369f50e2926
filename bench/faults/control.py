"""A battery that cannot fail proves nothing: here PostgreSQL acknowledges a commit before the disk has it."""

import sys
import time

from bench.faults.battle import RETURN, battle
from bench.faults.site import Server, home_of

CARELESS = {"synchronous_commit": "off", "wal_writer_delay": "'10s'"}


def main(rounds: int) -> int:
    """Crash it until something acknowledged is missing; 0 when that was seen."""
    with Server(home_of("faults-postgres")) as server:
        try:
            with battle(server) as fight:
                # Not before everybody has signed in: who is signed in stands in the database, too.
                for name, value in CARELESS.items():
                    server.root.execute(f"ALTER SYSTEM SET {name} = {value}")
                server.root.execute("SELECT pg_reload_conf()")
                server.root.execute("CHECKPOINT")
                for number in range(1, rounds + 1):
                    fight.crowd.go()
                    time.sleep(0.5)
                    server.crash()
                    server.start()
                    fight.crowd.everybody_served_after(time.monotonic(), RETURN)
                    fight.crowd.rest()
                    if found := fight.look().all():
                        print(f"With synchronous_commit off, {len(found)} promises were broken by crash {number}:")
                        print("\n".join(found[:5]))
                        return 0
        finally:
            server.wait_until_ready()
            for name in CARELESS:
                server.root.execute(f"ALTER SYSTEM RESET {name}")
            server.root.execute("SELECT pg_reload_conf()")
    print(
        f"{rounds} crashes lost nothing, though the commits were careless: this battery sees nothing.", file=sys.stderr
    )
    return 1
