"""The unit's side of its people: places in units, rosters that come as files, and ways in."""

from app.members.models.importing import ColumnMemory, ImportRow, ImportState, Outcome, RosterImport
from app.members.models.joining import Invitation, JoinRequest, RequestState
from app.members.models.places import MemberColumns, Membership, Position, Transfer, TransferState

__all__ = [
    "ColumnMemory",
    "ImportRow",
    "ImportState",
    "Invitation",
    "JoinRequest",
    "MemberColumns",
    "Membership",
    "Outcome",
    "Position",
    "RequestState",
    "RosterImport",
    "Transfer",
    "TransferState",
]
