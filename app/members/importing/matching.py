"""Who a row is: by member number first; by name only with a second witness."""

from app.members.importing.known import Known, KnownPerson, name_key
from app.members.importing.records import RosterPerson


class Ambiguous(Exception):
    """It may be somebody whom we know, and it may not. Such a row changes nothing; the text says what is unclear."""


def match(row: RosterPerson, known: Known) -> KnownPerson | None:
    """The known person that the row tells of, or None when it is somebody new.

    Source: domain.md, "match on member number first, never apply an ambiguous name match".

    Raises:
        Ambiguous: nobody can tell from the file.
    """
    if row.member_number and (found := known.by_number.get(row.member_number)):
        return by_number(row, found)
    if row.member_number in known.foreign_numbers:
        raise Ambiguous("this member number belongs to somebody of another unit; a site admin can import this row")
    return by_name(row, known)


def by_number(row: RosterPerson, found: list[KnownPerson]) -> KnownPerson:
    """The bearer of the number, provided that it can be the same human."""
    if len(found) > 1:
        found = [person for person in found if person.in_unit] if sum(p.in_unit for p in found) == 1 else found
    if len(found) > 1:
        raise Ambiguous(f"{len(found)} people here have the member number {row.member_number}")
    person = found[0]
    key = name_key(row.first_name, row.last_name)
    # A married name or a nickname is one difference; a typing error in the number makes all of them.
    same_first = any(k.split()[:1] == key.split()[:1] for k in person.name_keys())
    same_last = name_key("", person.last_name) == name_key("", row.last_name)
    same_birth = person.birth_date is not None and person.birth_date == row.birth_date
    if not (same_first or same_last or same_birth):
        raise Ambiguous(f"the member number {row.member_number} belongs to {called(person)} here")
    return person


def called(person: KnownPerson) -> str:
    """The name, for whoever may know it."""
    return person.full_name if person.in_reach else "somebody of another name"


def by_name(row: RosterPerson, known: Known) -> KnownPerson | None:
    """The one bearer of the name with the same birth date or email."""
    same_name = [
        person for person in known.by_name.get(name_key(row.first_name, row.last_name), ()) if may_be(row, person)
    ]
    sure = [person for person in same_name if is_witnessed(row, person)]
    if len(sure) > 1:
        raise Ambiguous(f"{len(sure)} people here have this name and the same birth date or email")
    if sure:
        if row.member_number and sure[0].numbers:
            numbers = ", ".join(sorted(sure[0].numbers)) if sure[0].in_reach else "another one"
            raise Ambiguous(
                f"{row.full_name} is here with the member number {numbers}, the file says {row.member_number}"
            )
        return sure[0]
    # Members of other units who only share the name are other people; the own unit's, and those of no unit, may be meant.
    near = [person for person in same_name if person.in_unit or not person.somewhere]
    if near:
        raise Ambiguous(
            "somebody of this name is here already, and neither a member number nor a birth date or email tells whether it is the same"
        )
    return None


def may_be(row: RosterPerson, person: KnownPerson) -> bool:
    """False when something says that they are two: other birth dates, or other numbers and no common witness."""
    if row.birth_date and person.birth_date:
        return row.birth_date == person.birth_date
    return not (row.member_number and person.numbers) or is_witnessed(row, person)


def is_witnessed(row: RosterPerson, person: KnownPerson) -> bool:
    """Whether a second thing beside the name is the same."""
    same_birth = row.birth_date is not None and row.birth_date == person.birth_date
    same_email = bool(row.email and person.email and row.email.casefold() == person.email.casefold())
    return same_birth or same_email
