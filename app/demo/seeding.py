"""Fills an empty database with the demo."""

import itertools
from collections import Counter
from typing import Any

from sqlalchemy import insert, text

from app.demo.calendar import invitations, make_trips
from app.demo.dice import Dice
from app.demo.families import family_details
from app.demo.health import health_notes
from app.demo.parties import Filling
from app.demo.troop import make_troop
from app.extensions import db
from app.identity import passwords
from app.members.following import follow
from app.members.models import Membership
from app.outings.models import OutingLead


def is_empty() -> bool:
    """No unit and no account but the site admin's is there."""
    found = db.session.execute(
        text("SELECT EXISTS (SELECT FROM units) OR EXISTS (SELECT FROM users WHERE NOT is_site_admin)")
    ).scalar_one()
    return not found


def seed_demo(password: str, unit_name: str = "Troop 77") -> Counter[str]:
    """Make the troop, its families, their outings and sign-ups; returns how many rows of each table."""
    dice = Dice()
    troop = make_troop(dice, unit_name, passwords.hash_password(password))
    trips = make_trips(dice, troop)
    rows: list[Any] = [*troop.rows, *(trip.outing for trip in trips), *invitations(troop, trips)]
    rows += [OutingLead(outing_id=trip.outing.id, user_id=troop.leader.id) for trip in trips]
    rows += health_notes(troop)
    for trip in trips:
        rows += Filling(trip, troop, dice).rows()
    rows += family_details(troop, dice)
    by_table = sorted(rows, key=lambda row: ORDER.index(row.__tablename__))
    counted: Counter[str] = Counter()
    for table, group in itertools.groupby(by_table, key=lambda row: row.__table__):
        of_table = list(group)
        counted[table.name] = len(of_table)
        keep(table, of_table)
    follow([row.person_id for row in rows if isinstance(row, Membership)])
    return counted


# Each refers only to those before it.
ORDER = (
    "users", "units", "patrols", "roles", "people", "emergency_contacts", "collectors", "health_notes", "guardians", "trainings",
    "training_claims", "memberships", "outings", "outing_units", "outing_leads", "signups", "participants", "consents", "audit_entries",
)  # fmt: skip


def keep(table: Any, rows: list[Any]) -> None:
    """Insert rows of one table. Objects that nobody asks for again need no session to watch them."""
    names = [column.key for column in table.columns]
    # What is in __dict__ was set; the rest is left to the defaults, so rows go in by what they have in common.
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        values = {name: row.__dict__[name] for name in names if name in row.__dict__}
        groups.setdefault(tuple(values), []).append(values)
    for alike in groups.values():
        db.session.execute(insert(table), alike)
