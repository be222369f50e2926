"""What stands beside the site: the replica that rosters are read from, and the port of the metrics."""

import contextlib
import http.client
import ipaddress
import time
from collections.abc import Iterator

from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from app.config import Config
from app.doctor.finding import Finding, note
from app.replica import POSITION, REPLAYED

CONNECT = 3  # seconds
CATCHES_UP = 3.0  # seconds in which a replica should have what the primary has now
SAME_CLUSTER = text("SELECT system_identifier FROM pg_control_system()")


def replica(primary: Connection, config: Config) -> Iterator[Finding]:
    """It answers, follows this primary, and keeps up."""
    if config.replica_url is None:
        return
    engine = create_engine(
        config.replica_url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"connect_timeout": CONNECT, "application_name": "scouting-outing-manager doctor"},
    )
    try:
        with engine.connect() as connection:
            yield from _of_replica(primary, connection)
    except SQLAlchemyError as error:
        reason = (str(getattr(error, "orig", None) or error).strip().splitlines() or ["no reason given"])[0]
        yield Finding(
            "replica",
            f"The replica {config.replica_url.set(query={})} cannot be used ({reason.rstrip('.')}); the primary does its"
            " work. Start it, or correct or unset DATABASE_REPLICA_URL.",
        )


def _of_replica(primary: Connection, connection: Connection) -> Iterator[Finding]:
    if not connection.execute(REPLAYED).one()[0]:
        yield Finding(
            "replica",
            "DATABASE_REPLICA_URL leads to a server that follows no other, so nothing is read there."
            " Give the address of a streaming replica, or unset it.",
        )
        return
    if primary.execute(SAME_CLUSTER).scalar_one() != connection.execute(SAME_CLUSTER).scalar_one():
        yield Finding(
            "replica",
            "DATABASE_REPLICA_URL leads to the replica of another PostgreSQL. Its rosters would be somebody else's: correct"
            " it at once.",
        )
        return
    reached = primary.execute(POSITION).scalar_one()
    deadline = time.monotonic() + CATCHES_UP
    while (replayed := connection.execute(REPLAYED).one()[1] or 0) < reached and time.monotonic() < deadline:
        time.sleep(0.05)
    if replayed < reached:
        yield Finding(
            "replica",
            f"The replica is {reached - replayed:,} bytes behind and has not caught up in {CATCHES_UP:.0f} s; the primary does"
            " its work. Look at pg_stat_replication on the primary and at the replica's log.",
        )


def metrics(config: Config) -> Iterator[Finding]:
    """Its port answers, and not to the whole world."""
    if not config.metrics_port:
        return
    host, port = config.metrics_bind, config.metrics_port
    if not _is_loopback(host):
        yield note(
            "metrics",
            f"METRICS_BIND is {host}: whoever reaches port {port} can read the figures. Let a firewall or a NetworkPolicy"
            " keep it to Prometheus.",
        )
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # nosec B104
    address = f"http://{f'[{local}]' if ':' in local else local}:{port}/metrics"
    # Without urllib, which would ask the proxy of whoever has one for the rest of the world.
    with contextlib.closing(http.client.HTTPConnection(local, port, timeout=CONNECT)) as connection:
        try:
            connection.request("GET", "/metrics")
            found = b"scouting_" in connection.getresponse().read(1 << 20)
        except http.client.HTTPException:
            found = False
        except (OSError, ValueError):
            yield note("metrics", f"Nothing answers at {address}. It should while the site runs on this machine.")
            return
    if not found:
        yield Finding("metrics", f"Something else answers at {address}. Choose another METRICS_PORT.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
