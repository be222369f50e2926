"""The outings of the demo: one in every state, counted from today, and a year behind them."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.clock import now, today
from app.demo.dice import Dice
from app.demo.troop import ZONE, Troop
from app.outings.models import Outing, OutingState, OutingUnit, WaitingRule

SATURDAY = 5


@dataclass(frozen=True)
class Trip:
    """An outing to make. ``coming`` people get a seat; ``waiting`` parties wait, each (people, together)."""

    outing: Outing
    coming: int = 0
    waiting: tuple[tuple[int, bool], ...] = ()
    own: str = ""
    invites_pack: bool = False

    @property
    def rows(self) -> list[Any]:
        """What goes into the database."""
        return [self.outing]


class Calendar:
    """Turns ``the Saturday in three weeks, 9:00`` into moments."""

    def __init__(self, dice: Dice, troop: Troop) -> None:
        self.dice, self.troop, self.zone = dice, troop, ZoneInfo(ZONE)
        day = today(ZONE)
        self.saturday = day + timedelta(days=(SATURDAY - day.weekday()) % 7)

    def at(self, weeks: int, days: int, hour: int, minute: int = 0) -> datetime:
        """``days`` after the Saturday in ``weeks`` weeks, local time."""
        day = self.saturday + timedelta(weeks=weeks, days=days)
        return datetime.combine(day, time(hour, minute), self.zone).astimezone(UTC)

    def outing(
        self, title: str, place: str, start: datetime, end: datetime, cost: str = "0/0", **values: Any
    ) -> Outing:
        """An outing, published unless something else is said; it was made six weeks before it starts."""
        youth, adult = cost.split("/")
        made = min(start - timedelta(weeks=6), now() - timedelta(days=20))
        return Outing(
            id=self.dice.new_id(), unit_id=self.troop.unit.id, title=title, place=place, starts_at=start, ends_at=end,
            youth_cost=Decimal(youth), adult_cost=Decimal(adult), created_by_id=self.troop.leader.id, created_at=made,
            **({"state": OutingState.PUBLISHED} | values),
        )  # fmt: skip


def make_trips(dice: Dice, troop: Troop) -> list[Trip]:
    """Coming and past, in every state."""
    return [*coming(Calendar(dice, troop)), *past(Calendar(dice, troop))]


def coming(at: Calendar) -> list[Trip]:
    """What families can look forward to."""
    moment = now()
    return [
        Trip(
            at.outing(
                "Winter camp at Elk Ridge", "Elk Ridge, north loop", at.at(2, 0, 9), at.at(2, 1, 11, 30), "25/15",
                total_seats=32, closes_at=at.at(1, 5, 20), cancel_by=at.at(1, 5, 20),
                summary="Two days in the snow: shelters, fire without matches, and the night hike.\n\nMeet at the church car park "
                "at 8:30.\nBring a warm sleeping bag, two pairs of gloves and a mug.\nHome on Sunday before noon.",
            ),
            coming=26, own="Ava and Noah",
        ),
        Trip(
            at.outing(
                "Food drive", "St. Mark's hall", at.at(3, 0, 9), at.at(3, 0, 14), closes_at=at.at(3, -2, 21),
                summary="We collect door to door and sort at the hall. Uniform, closed shoes, a water bottle.",
            ),
            coming=14, invites_pack=True,
        ),
        Trip(
            at.outing(
                "Museum overnight", "Field Station Museum", at.at(1, -1, 18), at.at(1, 0, 9), "40/30",
                total_seats=24, closes_at=min(moment - timedelta(days=1), at.at(0, 0, 20)),
                summary="Sleep under the whale. Sleeping mat and quiet socks.",
            ),
            coming=19,
        ),
        Trip(
            at.outing(
                "Canoe safety day", "Lake Petite", at.at(4, 0, 10), at.at(4, 0, 16), "12/0", state=OutingState.CANCELLED,
                total_seats=20, summary="The lake has frozen early. We will find a day in spring.",
            ),
            coming=11, own="Noah",
        ),
        Trip(
            at.outing(
                "Night hike at Stony Point", "Stony Point trailhead", at.at(5, 0, 17), at.at(5, 0, 22), "3/3",
                youth_seats=12, adult_seats=4, summary="Six miles by headlamp. Bring spare batteries and something warm to drink.",
            ),
            coming=13,
        ),
        Trip(
            at.outing(
                "Ski day at Birch Hill", "Birch Hill", at.at(6, 0, 7), at.at(6, 0, 18), "35/35", counts_cars=True,
                total_seats=40, closes_at=at.at(5, 0, 20),
                summary="We go in our own cars: whoever drives, please say how many you can take.",
            ),
            coming=16,
        ),
        Trip(
            at.outing(
                "Klondike derby", "Camp Tamarack", at.at(8, -1, 17, 30), at.at(8, 1, 13), "48/20",
                total_seats=24, cancel_by=at.at(7, 0, 20),
                summary="Sleds, compasses and eight stations. Every patrol brings its own sled.",
            ),
            coming=24, waiting=((2, True), (1, True), (3, False)), own="Noah waits",
        ),
        Trip(
            at.outing(
                "Winter skills course", "Scout hut", at.at(9, 0, 9), at.at(9, 0, 17), "8/8", youth_seats=10, adult_seats=4,
                waiting_rule=WaitingRule.IN_ORDER, summary="Knots with cold fingers, stoves, avalanche basics.",
            ),
            coming=14, waiting=((3, True),),
        ),
        Trip(
            at.outing(
                "Ice safety and swim check", "YMCA pool", at.at(11, 0, 13), at.at(11, 0, 17), "6/6", total_seats=18,
                summary="The yearly swim classification. Bring goggles and a towel.",
            ),
            coming=7, own="Ava",
        ),
        Trip(
            at.outing(
                "Spring camporee", "Fort Lowell grounds", at.at(18, -1, 17), at.at(18, 1, 12), "30/20", youth_seats=48,
                adult_seats=12, opens_at=moment.replace(hour=18, minute=0, second=0, microsecond=0) + timedelta(days=8),
                closes_at=at.at(16, 0, 20), summary="All the troops of the district, and our pack for the Saturday.",
            ),
            invites_pack=True,
        ),
        Trip(
            at.outing(
                "Summer camp at Lake Arrowhead", "Lake Arrowhead Scout Camp", at.at(32, 1, 14), at.at(33, 0, 10), "420/180",
                youth_seats=40, adult_seats=8, state=OutingState.DRAFT, summary="Site 14 is asked for. Prices may still change.",
            ),
        ),
    ]  # fmt: skip


def past(at: Calendar) -> list[Trip]:
    """A year of outings that are over."""
    told = (
        (-2, "Backpacking at Shawnee", "Garden of the Gods trailhead", 1, "18/18", 22),
        (-5, "Pumpkin service project", "Hillside farm", 0, "0/0", 31),
        (-8, "Fall campout", "Camp Tamarack", 1, "20/12", 34),
        (-12, "Rock climbing gym", "The Wall", 0, "22/0", 17),
        (-19, "Summer camp", "Lake Arrowhead Scout Camp", 6, "410/175", 38),
        (-24, "Canoe weekend", "Kankakee River", 1, "28/20", 20),
        (-29, "Trail clean-up", "Forest preserve", 0, "0/0", 26),
        (-36, "First-aid weekend", "Scout hut", 1, "10/10", 15),
        (-46, "Winter camp", "Elk Ridge", 1, "25/15", 29),
        (-50, "Holiday service night", "Food bank", 0, "0/0", 24),
    )
    return [
        Trip(
            at.outing(title, place, at.at(weeks, 0, 9), at.at(weeks, nights, 16 if not nights else 12), cost),
            coming=people,
            own="Ava and Noah" if number % 2 else "",
        )
        for number, (weeks, title, place, nights, cost, people) in enumerate(told)
    ]


def invitations(troop: Troop, trips: list[Trip]) -> list[OutingUnit]:
    """The pack is asked along to some."""
    return [OutingUnit(outing_id=trip.outing.id, unit_id=troop.pack.id) for trip in trips if trip.invites_pack]
