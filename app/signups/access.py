"""Whom of their family an account may sign up for an outing."""

import uuid
from functools import cache

from app.identity.models import User
from app.outings.access import is_visible, outing_for_reader
from app.reading import Reading
from app.signups.eligibility import Relative
from app.signups.queries import ACCOUNT, RELATIVES, relatives_in, relatives_statement


def family_for(user: User, outing_id: uuid.UUID) -> list[Relative]:
    """The family as ``relatives_of`` has it, for whoever may see the outing; in one statement.

    Raises:
        NotFound: there is no such outing, or this user may not know of it.
    """
    rows = relatives(bool(user.is_site_admin)).rows({"account": user.id, "outing": outing_id})
    if not rows:  # an account without a family, or one that may not see it
        outing_for_reader(user, outing_id)
    return relatives_in(user.id, rows)


@cache
def relatives(everything: bool) -> Reading:
    """Of an outing that the account may see."""
    return RELATIVES if everything else Reading(relatives_statement(is_visible(ACCOUNT)))
