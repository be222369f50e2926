"""Mail to those who decide, once something begins to wait for them."""

import uuid
from datetime import timedelta

from sqlalchemy import select

from app.clock import now
from app.extensions import db
from app.identity.models import User
from app.mail import send_letter
from app.members.models import JoinRequest, RequestState
from app.units.models import HOLDS, Role, RoleName

ONCE = timedelta(days=1)
MOST_TOLD = 20  # admins of one unit


def tell_of_request(unit_id: uuid.UUID, request_id: uuid.UUID) -> None:
    """Tell the unit's admins that somebody asks to join; not those who were told within a day of another that still waits, so that
    an evening of requests is one mail.
    """
    told = select(JoinRequest.id).where(
        JoinRequest.unit_id == unit_id,
        JoinRequest.id != request_id,
        JoinRequest.state == RequestState.WAITING,
        JoinRequest.created_at > now() - ONCE,
    )
    if db.session.scalar(told.limit(1)):
        return
    admins = (
        select(Role.user_id)
        .join(User, User.id == Role.user_id)
        .where(Role.unit_id == unit_id, Role.name == RoleName.ADMIN, HOLDS)
        .where(User.suspended_at.is_(None), User.email_proved)
        .order_by(Role.granted_at, Role.user_id)
    )
    for admin_id in db.session.scalars(admins.limit(MOST_TOLD)):
        send_letter("members.request_waits", request_id=str(request_id), user_id=str(admin_id))
