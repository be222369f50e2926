"""A table of things, and short words for looking at it and at the connection."""

from sqlalchemy import Column, Integer, MetaData, Table, Text, bindparam, select, text

from app import driver
from app.driver import prepared, read
from app.reading import send

THINGS = Table("things", MetaData(), Column("id", Integer, primary_key=True), Column("name", Text))
NAMES = read(
    select(THINGS.c.name).where(THINGS.c.id > bindparam("above"), THINGS.c.name != "50% off").order_by(THINGS.c.id)
)
LOCKED = prepared(select(THINGS.c.name).where(THINGS.c.id == bindparam("id")).with_for_update())
PLANS = "SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements ORDER BY name"


def names(connection, above=0):
    return list(connection.scalars(NAMES, {"above": above}))


def status(connection):
    return connection.connection.dbapi_connection.get_transaction_status()


def alter(other):
    """As a migration would, while others are connected."""
    with other.begin() as elsewhere:
        elsewhere.execute(text("ALTER TABLE things ALTER name TYPE varchar(80)"))


TOGETHER = driver.THEN.join(
    ("SELECT 1 FROM things WHERE id = %(id)s FOR UPDATE", "SELECT count(*) FROM things WHERE name <> '50%%'")
)


def seen(connection, query):
    """What it gives for the first thing, sent as readings are."""
    return send(connection, query, {"id": 1}, driver.PREPARED, frozenset({"id"})).fetchall()
