"""What follows from other rows and is kept with a membership: the words that it is found by, and its positions with their days.

Whoever changes a name, a number, a patrol, a guardian or a position through the session does nothing about it: ``listen`` hears of
it and writes what follows in the same transaction. Whoever writes past the session calls ``follow``. Rows that a release wrote which
knew nothing of this are put right by ``catch_up`` (``flask tidy``); ``lagging`` counts them. See docs/decisions/0024.
"""

import re
import unicodedata
import uuid
from collections.abc import Collection, Iterator
from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, event, inspect, text

from app.clock import now
from app.extensions import db
from app.families.models import Guardian, GuardianProposal, Person
from app.identity.models import User
from app.members.models import Membership
from app.units.models import Patrol

# Letters that no accent makes: they are no longer themselves without their stroke, yet people type them so.
STROKED, PLAIN = "ØøŁłĐđıÐð", "OoLlDdiDd"
JOINED = {"Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "ß": "ss", "Þ": "Th", "þ": "th"}
APOSTROPHES = "'\u2018\u2019`\u00b4"
SEPARATORS = '|.,;:/()&+"_-\u2010\u2011\u2012\u2013\u2014\u2015'
AS_TYPED: dict[int, int | str] = {**str.maketrans(STROKED, PLAIN), **{ord(one): two for one, two in JOINED.items()}}
SPACED = str.maketrans(SEPARATORS, " " * len(SEPARATORS), APOSTROPHES)
# O'Neill is found as "oneill" and as "neill": what stands behind an apostrophe is a word of its own beside the whole.
OF_WORD = rf"[^\s{re.escape(SEPARATORS)}]"
BEHIND, AND_WHOLE = rf"({OF_WORD}*)[{APOSTROPHES}]({OF_WORD}+)", r"\1\2 \2"
LONGEST_WORD = 60
UNIT_KEY = (
    12  # the last characters of a unit's id: each word begins with them, so that one index serves each unit alone
)
MOST_WORDS = 8  # of one search


def fold(words: str, *, kept: bool = False) -> list[str]:
    """Words without case, accents, strokes and apostrophes, the same as ``SEARCH`` makes of them.

    ``kept`` adds the part behind an apostrophe. A search does without: who types O'Neill must also find whoever is kept as Oneill.
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", words) if not "\u0300" <= c <= "\u036f")
    bare = bare.translate(AS_TYPED).lower()
    if kept:
        bare = re.sub(BEHIND, AND_WHOLE, bare)
    return [word[:LONGEST_WORD] for word in bare.translate(SPACED).split()]


def query_for(unit_id: uuid.UUID, words: str) -> str:
    """A tsquery: every word of ``words`` begins a word of a membership in this unit; empty when there is none."""
    key = str(unit_id)[-UNIT_KEY:]
    found = ["'" + key + word.replace("\\", "\\\\") + "':*" for word in fold(words)[:MOST_WORDS]]
    return " & ".join(found)


def quoted(value: str) -> str:
    """A constant of ours in SQL."""
    return "'" + value.replace("'", "''") + "'"


def sql_fold(value: str) -> str:
    """``fold`` of what is kept as SQL, but for the cutting into words."""
    made = f"regexp_replace(normalize({value}, NFKD), '[\\u0300-\\u036f]', '', 'g')"
    made = f"translate({made}, '{STROKED}', '{PLAIN}')"
    for joined, plain in JOINED.items():
        made = f"replace({made}, '{joined}', '{plain}')"
    made = f"regexp_replace(lower({made}), {quoted(BEHIND)}, {quoted(AND_WHOLE)}, 'g')"
    return f"translate({made}, {quoted(SEPARATORS + APOSTROPHES)}, {quoted(' ' * len(SEPARATORS))})"


# Whose guardians are today's is for the unit that somebody is in today.
NAMES = """concat_ws(' ', p.first_name, p.preferred_name, p.last_name, memberships.member_number,
    (SELECT name FROM patrols WHERE patrols.id = memberships.patrol_id),
    (SELECT string_agg(u.name, ' ') FROM guardians g JOIN users u ON u.id = g.user_id
        WHERE g.person_id = p.id AND memberships.until IS NULL),
    (SELECT string_agg(n.name, ' ') FROM guardian_proposals n WHERE n.person_id = p.id AND memberships.until IS NULL))"""
# The words of one membership.
SEARCH = f"""(SELECT array_to_tsvector(coalesce(array_agg(DISTINCT right(memberships.unit_id::text, {UNIT_KEY})
    || left(word, {LONGEST_WORD})), CAST('{{}}' AS text[])))
    FROM people p, regexp_split_to_table({sql_fold(NAMES)}, E'\\\\s+') word WHERE p.id = memberships.person_id AND word <> '')"""
WORDS_FOLLOW = text(f"""
    WITH made AS (SELECT memberships.id, {SEARCH} AS search FROM memberships WHERE memberships.person_id = ANY (:people))
    UPDATE memberships SET search = made.search FROM made
    WHERE memberships.id = made.id AND memberships.search IS DISTINCT FROM made.search""")

NAMED = """SELECT m.id, m.unit_id, m.since, m.until, left(btrim(named), 200) AS name,
        (CAST(:now AS timestamptz) AT TIME ZONE u.time_zone)::date AS day
    FROM memberships m JOIN units u ON u.id = m.unit_id
    LEFT JOIN LATERAL regexp_split_to_table(m.position, '\\|') named ON m.until IS NULL AND btrim(named) <> ''
    WHERE m.person_id = ANY (:people)"""
# What began on the day on which it ends never was; what ended on the day on which it comes again never ended.
POSITIONS_FOLLOW = text(f"""
    WITH named AS ({NAMED}),
    over AS (
        SELECT p.id, coalesce(p.since >= n.day, false) AS never_was, greatest(least(coalesce(n.until, n.day), n.day), p.since) AS until
        FROM positions p JOIN (SELECT DISTINCT id, until, day FROM named) n ON n.id = p.membership_id
        WHERE p.until IS NULL
            AND NOT EXISTS (SELECT FROM named o WHERE o.id = p.membership_id AND lower(o.name) = lower(p.name))),
    gone AS (DELETE FROM positions p USING over WHERE p.id = over.id AND over.never_was),
    ended AS (UPDATE positions p SET until = over.until FROM over WHERE p.id = over.id AND NOT over.never_was),
    missing AS (
        SELECT DISTINCT ON (n.id, lower(n.name)) n.* FROM named n
        WHERE n.name IS NOT NULL AND NOT EXISTS (
            SELECT FROM positions p WHERE p.membership_id = n.id AND lower(p.name) = lower(n.name) AND p.until IS NULL)),
    back AS (
        UPDATE positions p SET until = NULL FROM missing n
        WHERE p.id = (SELECT x.id FROM positions x WHERE x.membership_id = n.id AND lower(x.name) = lower(n.name)
            AND x.until = n.day ORDER BY x.since DESC NULLS LAST LIMIT 1)
        RETURNING p.membership_id, p.name)
    INSERT INTO positions (membership_id, unit_id, name, since)
    SELECT n.id, n.unit_id, n.name, n.day FROM missing n
    WHERE NOT EXISTS (SELECT FROM back WHERE back.membership_id = n.id AND lower(back.name) = lower(n.name))""")

LAGS = text(f"SELECT count(*) FROM memberships WHERE search IS DISTINCT FROM {SEARCH}")
LAGGING = text(f"""
    SELECT person_id FROM memberships WHERE (CAST(:after AS uuid) IS NULL OR person_id > :after)
    AND search IS DISTINCT FROM {SEARCH} ORDER BY person_id LIMIT :most""")

# Whose change is heard of, and by which of its attributes.
HEARD: dict[type[Any], tuple[str, ...]] = {
    Person: ("first_name", "last_name", "preferred_name"),
    Membership: ("person_id", "unit_id", "member_number", "patrol_id", "position", "until"),
    Guardian: ("user_id", "person_id"),
    GuardianProposal: ("person_id", "name"),
    User: ("name",),
    Patrol: ("name",),
}
OF_USERS = text("SELECT person_id FROM guardians WHERE user_id = ANY (:ids)")
OF_PATROLS = text("SELECT person_id FROM memberships WHERE patrol_id = ANY (:ids)")


def follow(person_ids: Collection[uuid.UUID], *, positions: bool = True) -> None:
    """Write what follows for the memberships of these people, whatever was written past the session. Two statements."""
    write(db.session.connection(), person_ids, positions=positions)


def write(connection: Connection, person_ids: Collection[uuid.UUID], *, positions: bool) -> None:
    """The statements."""
    if not person_ids:
        return
    ids = sorted(set(person_ids))
    connection.execute(WORDS_FOLLOW, {"people": ids})
    if positions:
        connection.execute(POSITIONS_FOLLOW, {"people": ids, "now": now()})


def listen(session: Session, _context: Any) -> None:
    """After each flush: whatever in it makes other words or positions is followed up in the same transaction."""
    people: set[uuid.UUID] = set()
    users: set[uuid.UUID] = set()
    patrols: set[uuid.UUID] = set()
    placed = False
    changed = [row for row in session.dirty if type(row) in HEARD and is_changed(row)]
    # Somebody new is in no unit yet, and a patrol or an account that is new is nobody's.
    fresh = [
        row for row in (*session.new, *session.deleted) if isinstance(row, Membership | Guardian | GuardianProposal)
    ]
    for row in (*changed, *fresh):
        if isinstance(row, User):
            users.add(row.id)
        elif isinstance(row, Patrol):
            patrols.add(row.id)
        else:
            people.add(row.id if isinstance(row, Person) else row.person_id)
            placed = placed or isinstance(row, Membership)
    if not (people or users or patrols):
        return
    connection = session.connection(bind_arguments={"mapper": inspect(Membership)})
    for statement, ids in ((OF_USERS, users), (OF_PATROLS, patrols)):
        if ids:
            people.update(connection.scalars(statement, {"ids": list(ids)}))
    write(connection, people, positions=placed)


def is_changed(row: Any) -> bool:
    """Whether the flush has changed an attribute that counts."""
    state = inspect(row)
    return any(state.attrs[name].history.has_changes() for name in HEARD[type(row)])


event.listen(Session, "after_flush", listen)


def lagging() -> int:
    """Memberships whose words are not what they should be."""
    return db.session.scalar(LAGS) or 0


def catch_up(most: int = 1000) -> Iterator[int]:
    """Put right what lags, so many people at a time; the caller commits after each. Yields how many they were."""
    after: uuid.UUID | None = None
    while found := list(db.session.scalars(LAGGING, {"after": after, "most": most})):
        after = found[-1]
        follow(found)
        yield len(found)
