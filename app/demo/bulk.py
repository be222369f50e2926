"""Many units at once, made inside PostgreSQL: half a million participants in a minute or two.

Families are dealt to the units in turn, three people to a family: a parent, who has the account, and two children.
Outings are dealt in turn as well; a quarter lie behind, the rest ahead. Each takes people of its own unit, family by
family; on every fifth the last two wait.
"""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import text

from app.clock import now
from app.errors import RuleBroken
from app.extensions import db
from app.identity.passwords import hash_password
from app.members.following import SEARCH

PEOPLE = 3  # of one family
FIRST_MILLISECOND = 1_759_449_600_000  # 2025-10-03: the ids count up from there and never meet those of dice.py


@dataclass(frozen=True)
class Size:
    """How much of each; zero everywhere asks for nothing."""

    units: int = 0
    families: int = 0
    outings: int = 0
    participants: int = 0

    @property
    def is_wanted(self) -> bool:
        """Anything at all."""
        return any((self.units, self.families, self.outings, self.participants))

    def check(self) -> None:
        """Nobody is on one outing twice, so there must be enough people for the fullest.

        Raises:
            RuleBroken: the numbers do not go together.
        """
        if not (self.units and self.families >= self.units):
            raise RuleBroken("Give --units, and at least as many --families.")
        if self.participants and not self.outings:
            raise RuleBroken("Give --outings for the --participants to go to.")
        here, each = self.families // self.units * PEOPLE, -(-self.participants // max(1, self.outings))
        if each > here:
            raise RuleBroken(
                f"{each} participants on an outing, but only {here} people in a unit: give more --families."
            )


def made_id(kind: int, number: str) -> str:
    """SQL for the id of row ``number`` of a kind: laid out as version 7, sorted, and the same every time."""
    stamp = f"lpad(to_hex({FIRST_MILLISECOND} + {number}), 12, '0')"
    return f"({stamp} || '7{kind:03x}8' || substr(md5('{kind}-' || {number}), 1, 15))::uuid"


# In the order of their foreign keys. :moment is now, the other values are the numbers of Size.
STATEMENTS = {
    "units": f"""
        INSERT INTO units (id, kind, number, name, time_zone, policy_preset)
        SELECT {made_id(1, "u")}, 'troop', (1000 + u)::text, 'Troop ' || 1000 + u, 'America/Chicago', 'scouting_america'
        FROM generate_series(1, :units) u
    """,
    "patrols": f"""
        INSERT INTO patrols (id, unit_id, name)
        SELECT {made_id(2, "((u - 1) * 5 + p)")}, {made_id(1, "u")}, (ARRAY['Beaver', 'Bison', 'Fox', 'Owl', 'Raven'])[p]
        FROM generate_series(1, :units) u, generate_series(1, 5) p
    """,
    "users": f"""
        INSERT INTO users (id, email, name, password_hash)
        SELECT {made_id(3, "f")}, 'parent' || 1000 + f || '@demo.example', 'Parent ' || 1000 + f, :password_hash
        FROM generate_series(1, :families) f
    """,
    "leaders": f"""
        INSERT INTO users (id, email, name, password_hash)
        SELECT {made_id(4, "u")}, 'leader' || 1000 + u || '@demo.example', 'Leader ' || 1000 + u, :password_hash
        FROM generate_series(1, :units) u
    """,
    "roles": f"""
        INSERT INTO roles (user_id, unit_id, name)
        SELECT {made_id(4, "u")}, {made_id(1, "u")}, 'admin' FROM generate_series(1, :units) u
    """,
    # Person n of family f is number (f - 1) * 3 + n; the first is the parent.
    "people": f"""
        INSERT INTO people (id, user_id, first_name, last_name, birth_date, kind, gender, phone, form_ab_until)
        SELECT {made_id(5, "((f - 1) * 3 + n)")}, CASE n WHEN 1 THEN {made_id(3, "f")} END,
            (ARRAY['Robin', 'Alex', 'Sam'])[n], 'Family ' || 1000 + f,
            date_trunc('year', CAST(:moment AS timestamptz))::date - CASE n WHEN 1 THEN 40 ELSE 10 + n END * 365 - f % 300,
            CASE n WHEN 1 THEN 'adult' ELSE 'youth' END, CASE f % 2 WHEN 0 THEN 'female' ELSE 'male' END,
            '312-555-01' || lpad((f % 100)::text, 2, '0'), CAST(:moment AS timestamptz)::date + f % 400 - 20
        FROM generate_series(1, :families) f, generate_series(1, 3) n
    """,
    "guardians": f"""
        INSERT INTO guardians (user_id, person_id, relationship_to)
        SELECT {made_id(3, "f")}, {made_id(5, "((f - 1) * 3 + n)")}, 'parent'
        FROM generate_series(1, :families) f, generate_series(2, 3) n
    """,
    "memberships": f"""
        INSERT INTO memberships (id, person_id, unit_id, patrol_id, member_number, since)
        SELECT {made_id(6, "((f - 1) * 3 + n)")}, {made_id(5, "((f - 1) * 3 + n)")}, {made_id(1, "((f - 1) % :units + 1)")},
            CASE WHEN n > 1 THEN {made_id(2, "((f - 1) % :units * 5 + (f + n) % 5 + 1)")} END,
            (800000000 + (f - 1) * 3 + n)::text, DATE '2025-09-01'
        FROM generate_series(1, :families) f, generate_series(1, 3) n
    """,
    "words": f"UPDATE memberships SET search = {SEARCH} WHERE search IS NULL",
    "outings": f"""
        INSERT INTO outings (id, unit_id, title, summary, place, starts_at, ends_at, youth_cost, adult_cost, state,
            waiting_rule, created_by_id, created_at, total_seats)
        SELECT {made_id(7, "o")}, {made_id(1, "((o - 1) % :units + 1)")}, 'Outing ' || o, 'Bring water.', 'Camp ' || o % 90,
            day, day + interval '7 hours' + o % 3 * interval '1 day', 10 + o % 40, 5, 'published', 'whoever_fits',
            {made_id(4, "((o - 1) % :units + 1)")}, day - interval '60 days',
            CASE (o + place_in_unit) % 5 WHEN 0 THEN greatest(people - 2, 0) WHEN 1 THEN NULL ELSE people + 4 + o % 9 END
        FROM generate_series(1, :outings) o
        CROSS JOIN LATERAL (SELECT (o - 1) / :units AS place_in_unit, (:outings - 1) / :units + 1 AS of_unit,
            (:participants - o + :outings) / :outings AS people) counted
        CROSS JOIN LATERAL (SELECT date_trunc('day', CAST(:moment AS timestamptz)) + interval '39 hours'
            + (place_in_unit - of_unit / 4) * interval '4 days' AS day) dated
    """,
    "outing_leads": "INSERT INTO outing_leads (outing_id, user_id) SELECT id, created_by_id FROM outings WHERE created_by_id IS NOT NULL ON CONFLICT DO NOTHING",
    # Participant i is number s on outing o. The unit's families are asked from a different one on for each outing.
    "chosen": """
        CREATE TEMPORARY TABLE chosen ON COMMIT DROP AS
        SELECT i, o, s, (o - 1) % :units + (s / 3 + o) % (:families / :units) * :units + 1 AS f, s % 3 + 1 AS n,
            (o + (o - 1) / :units) % 5 = 0 AND s >= (:participants - o + :outings) / :outings - 2 AS waits
        FROM generate_series(0, :participants - 1) i
        CROSS JOIN LATERAL (SELECT i % :outings + 1 AS o, i / :outings AS s) placed
    """,
    "signups": f"""
        INSERT INTO signups (id, outing_id, user_id, together, created_at)
        SELECT {made_id(8, "first")}, {made_id(7, "o")}, {made_id(3, "f")}, f % 3 > 0 AND NOT waits,
            CAST(:moment AS timestamptz) - interval '50 days'
        FROM (SELECT o, f, min(i) AS first, bool_or(waits) AS waits FROM chosen GROUP BY o, f ORDER BY first) parties
    """,
    "participants": f"""
        INSERT INTO participants (id, signup_id, outing_id, person_id, kind, state, queue_no, unit_id, patrol_id,
            created_at, confirmed_at)
        SELECT {made_id(9, "i")}, {made_id(8, "first")}, {made_id(7, "o")}, {made_id(5, "((f - 1) * 3 + n)")},
            CASE n WHEN 1 THEN 'adult' ELSE 'youth' END, CASE WHEN waits THEN 'waiting' ELSE 'confirmed' END,
            CASE WHEN waits THEN s + 1 END, {made_id(1, "((f - 1) % :units + 1)")},
            CASE WHEN n > 1 THEN {made_id(2, "((f - 1) % :units * 5 + (f + n) % 5 + 1)")} END,
            CAST(:moment AS timestamptz) - interval '50 days',
            CASE WHEN NOT waits THEN CAST(:moment AS timestamptz) - interval '50 days' END
        FROM (SELECT chosen.*, min(i) OVER (PARTITION BY o, f) AS first FROM chosen) c
        ORDER BY o, i
    """,
}


def seed_bulk(size: Size, password: str) -> Counter[str]:
    """Make it, and return how many rows of each table.

    Raises:
        RuleBroken: the numbers do not go together.
    """
    size.check()
    values = {
        "units": size.units,
        "families": size.families,
        "outings": size.outings,
        "participants": size.participants,
        "moment": now(),
        "password_hash": hash_password(password),
    }
    counted: Counter[str] = Counter()
    for table, statement in STATEMENTS.items():
        if (table in ("chosen", "signups", "participants") and not size.participants) or (
            table == "outings" and not size.outings
        ):
            continue
        rows = db.session.execute(text(statement), values).rowcount  # type: ignore[attr-defined]
        counted["users" if table == "leaders" else table] += rows
    del counted["chosen"], counted["words"]
    return counted
