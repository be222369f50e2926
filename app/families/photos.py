"""Where pictures of somebody may be seen: what a guardian, or an adult for themselves, says last holds."""

import uuid

from app.audit.rules import record
from app.clock import now
from app.errors import NotAllowed, Stale
from app.extensions import db
from app.families.access import tie_of
from app.families.models import Person, PhotoConsent
from app.identity.models import User

# In a sentence of the family's page, and in a few words of a leader's list.
LEVELS: dict[str, str] = {
    PhotoConsent.NONE: "No photos",
    PhotoConsent.UNIT: "Within the unit only",
    PhotoConsent.UNNAMED: "In public, without the name",
    PhotoConsent.PUBLIC: "In public, with the name",
}
SHORT: dict[str, str] = {
    PhotoConsent.NONE: "no photos",
    PhotoConsent.UNIT: "photos: unit only",
    PhotoConsent.UNNAMED: "photos: no name",
    PhotoConsent.PUBLIC: "photos: public",
}


def give(actor: User, person_id: uuid.UUID, level: PhotoConsent, seen: str | None) -> tuple[Person, bool]:
    """Keep a level with its day and its giver. Returns the person and whether anything changed.

    Raises:
        NotFound: not of this family. NotAllowed: an admin took the right to give permission away.
        Stale: another guardian chose another level since the page was made, which showed ``seen``.
    """
    tie = tie_of(actor, person_id, lock=True)
    if not tie.may_permit:
        raise NotAllowed("Another guardian gives permission for this child.")
    person, before = tie.person, tie.person.photo_consent
    if before == level:
        return person, False
    if before != seen:
        theirs = LEVELS[before] if before else "nothing"
        raise Stale(
            f"Somebody else chose “{theirs}” since you opened this page. Choose again to put yours in its place.",
            {"photo_consent": before},
            {"photo_consent": level.value},
        )
    person.photo_consent, person.photo_consent_at, person.photo_consent_by_id = level, now(), actor.id
    record(actor, "photo consent given", person, changes={"photo_consent": (before, level.value)})
    db.session.flush()
    return person, True
