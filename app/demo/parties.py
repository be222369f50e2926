"""Who signed up for what: parties of families, filled up to the numbers that a trip asks for."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.audit.models import AuditEntry
from app.clock import now
from app.demo.calendar import Trip
from app.demo.dice import Dice
from app.demo.troop import Family, Troop
from app.families.models import Person, PersonKind
from app.outings.models import Outing
from app.signups import consent
from app.signups.models import Consent, Participant, ParticipantState, Signup

OWN = 1  # parent@demo.example's place among the families


@dataclass
class Party:
    """Some people of one family on one trip; ``place`` is their number in line, None when they are in."""

    family: Family
    people: list[Person]
    together: bool = True
    place: int | None = None


@dataclass
class Filling:
    """The parties of one trip, as they come in."""

    trip: Trip
    troop: Troop
    dice: Dice
    parties: list[Party] = field(default_factory=list)
    used: set[uuid.UUID] = field(default_factory=set)

    @property
    def outing(self) -> Outing:
        """The trip's outing."""
        return self.trip.outing

    def targets(self) -> tuple[int, int]:
        """How many youth and adults come at most; where kinds have seats of their own, both get theirs."""
        outing, coming = self.outing, self.trip.coming
        if outing.youth_seats is None or outing.adult_seats is None:
            return coming, max(4, coming // 4)
        full = coming >= outing.youth_seats + outing.adult_seats
        youth = outing.youth_seats if full else min(outing.youth_seats - 1, coming - 2)
        return youth, coming - youth

    def eligible(self, family: Family) -> list[Person]:
        """Who of a family may come and is not on the trip yet, children first."""
        homes = {self.troop.unit.id} | ({self.troop.pack.id} if self.trip.invites_pack else set())
        memberships = self.troop.memberships
        children = [
            child for child in family.children if child.id in memberships and memberships[child.id].unit_id in homes
        ]
        guardian = memberships.get(family.guardian.id)
        overnight = self.outing.ends_at - self.outing.starts_at > timedelta(hours=16)
        grown = [family.guardian] if (guardian and guardian.registered) or (children and not overnight) else []
        return [person for person in [*children, *grown] if person.id not in self.used]

    def add(self, family: Family, people: list[Person], **values: Any) -> None:
        """One more party."""
        self.used |= {person.id for person in people}
        self.parties.append(Party(family, people, **values))

    def count(self, kind: PersonKind) -> int:
        """How many of a kind have a seat."""
        return sum(person.kind == kind for party in self.parties if party.place is None for person in party.people)

    def own(self) -> None:
        """What the demo parent sees of the own family; those who wait join later."""
        if self.trip.own and "waits" not in self.trip.own:
            family = self.troop.families[OWN]
            self.add(family, [child for child in family.children if child.first_name in self.trip.own.split()])

    def seat(self) -> None:
        """Families in any order, until as many people come as should."""
        families = [family for number, family in enumerate(self.troop.families) if number != OWN]
        self.dice.shuffle(families)
        most_youth, most_adults = self.targets()
        for wanted in (0.75, 1.0):  # the second round fills what the first has left
            for family in families:
                youth = most_youth - self.count(PersonKind.YOUTH)
                adults = most_adults - self.count(PersonKind.ADULT)
                left = self.trip.coming - self.count(PersonKind.YOUTH) - self.count(PersonKind.ADULT)
                people = [person for person in self.eligible(family) if self.dice.chance(wanted)]
                young = [person for person in people if person.kind == PersonKind.YOUTH][: max(0, youth)]
                grown = [person for person in people if person.kind == PersonKind.ADULT][: max(0, adults)]
                party = [*grown, *young][: max(0, left)]
                if party and not any(known.family is family for known in self.parties):
                    self.add(family, party, together=self.dice.chance(0.7))

    def line_up(self) -> None:
        """The waiting list, in the order in which the parties came."""
        free = [family for family in self.troop.families if not any(party.family is family for party in self.parties)]
        for place, (size, together) in enumerate(self.trip.waiting, start=1):
            if "waits" in self.trip.own and place == OWN + 1:
                family = self.troop.families[OWN]
                self.add(
                    family,
                    [child for child in family.children if child.first_name in self.trip.own.split()],
                    place=place,
                )
                continue
            others = [family for family in free if family is not self.troop.families[OWN]]
            family = max(others, key=lambda other: min(size, len(self.eligible(other))))
            free.remove(family)
            self.add(family, self.eligible(family)[:size], together=together, place=place)

    def rows(self) -> list[Any]:
        """The parties as rows, in the order of their arrival."""
        self.own()
        self.seat()
        self.line_up()
        begin = self.outing.opens_at or self.outing.created_at
        end = min(now(), self.outing.closes_at or self.outing.starts_at, self.outing.starts_at)
        moments = sorted(begin + (end - begin) * self.dice.random() for _ in self.parties)
        return [
            row for party, moment in zip(self.parties, moments, strict=True) for row in self.party_rows(party, moment)
        ]

    def party_rows(self, party: Party, moment: datetime) -> list[Any]:
        """Sign-up, people, permission and the trail of one party."""
        outing, actor = self.outing, party.family.user
        signup = Signup(
            id=self.dice.new_id(), outing_id=outing.id, user_id=actor.id, together=party.together, created_at=moment
        )
        rows: list[Any] = [signup]
        for person in party.people:
            participant = self.participant(signup, party, person, moment)
            rows += [
                participant,
                AuditEntry(
                    id=self.dice.new_id(), at=moment, actor_id=actor.id, action="signed up", subject_type="participants",
                    subject_id=participant.id, unit_id=outing.unit_id, outing_id=outing.id,
                    changes={"state": [None, participant.state]},
                ),
            ]  # fmt: skip
        if consent.is_needed_for([person.kind for person in party.people]):
            terms = consent.terms_of(outing)
            if outing.youth_cost and self.dice.chance(0.08):
                terms["youth_cost"] = f"{outing.youth_cost - 3:.2f}"  # agreed to before the price went up
            rows.append(
                Consent(
                    id=self.dice.new_id(), signup_id=signup.id, user_id=actor.id, given_at=moment,
                    text_version=consent.TEXT_VERSION, terms=terms,
                )
            )  # fmt: skip
        return rows

    def participant(self, signup: Signup, party: Party, person: Person, moment: datetime) -> Participant:
        """One person; parents who come to an outing that counts cars drive."""
        membership = self.troop.memberships.get(person.id)
        drives = self.outing.counts_cars and person.kind == PersonKind.ADULT
        places = len(party.people) + self.dice.randint(1, 2) if drives else None
        return Participant(
            id=self.dice.new_id(), signup_id=signup.id, outing_id=self.outing.id, person_id=person.id, kind=person.kind,
            state=ParticipantState.WAITING if party.place else ParticipantState.CONFIRMED, queue_no=party.place,
            unit_id=membership.unit_id if membership else None, patrol_id=membership.patrol_id if membership else None,
            passengers_there=places, passengers_back=places, created_at=moment,
            confirmed_at=None if party.place else moment,
        )  # fmt: skip
