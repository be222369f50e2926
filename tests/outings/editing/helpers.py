"""The form of an outing, sent again."""

from sqlalchemy import select

from app.audit.models import AuditEntry
from app.extensions import db
from tests.outings.helpers import typed


def as_it_is(outing, **values):
    """What the form sends when nobody touched it."""
    return (
        typed(
            outing.unit_id,
            title=outing.title,
            place=outing.place,
            starts_at="2026-12-05",
            ends_at="2026-12-06",
            total_seats=str(outing.total_seats),
            state=outing.state,
            version=str(outing.version),
        )
        | values
    )


def save(client, outing, **values):
    return client.post(f"/outings/{outing.id}/edit", data=as_it_is(outing, **values))


def trail(outing):
    rows = select(AuditEntry).where(AuditEntry.outing_id == outing.id).order_by(AuditEntry.id)
    return db.session.scalars(rows).all()


def set_state(client, outing, state, version=None):
    return client.post(f"/outings/{outing.id}/state", data={"state": state, "version": version or outing.version})
