"""What an entry of the log says, in words: pure functions from what was kept to what a page prints."""

import re
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple

WORDS = {
    "state": "state", "title": "title",
    "birth_date": "birth date", "first_name": "first name", "last_name": "last name", "preferred_name": "name that people use",
    "starts_at": "start", "ends_at": "end", "opens_at": "sign-up opens", "closes_at": "sign-up closes", "cancel_by": "last day to cancel",
    "open_to": "open to", "patrol_id": "patrol", "user_id": "account", "unit_id": "unit", "kind": "kind", "time_zone": "time zone",
    "policy_preset": "rules that hold", "lists_outings": "shows its outings to strangers", "queue_no": "place in line", "takes_requests": "takes requests to join",
    "overbook_reason": "why past the limit", "suspended_at": "suspended", "is_site_admin": "site admin",
    "photo_consent": "photos", "relationship_to": "who they are", "may_collect": "may collect", "expires_on": "holds until", "completed_on": "completed on",
    "diet_words": "diet in own words", "allergy_words": "more on allergies", "carried": "what is carried", "medications": "medication at camp",
    "form_in_binder": "paper form in the binder", "swim_class_on": "day of the swim test", "form_ab_until": "end of form parts A and B",
    "form_c_until": "end of form part C",
    "may_sign_up": "may sign up", "may_consent": "may give permission", "may_see_health": "sees health notes",
}  # fmt: skip
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# PostgreSQL keeps the shorter name first; people expect the start before the end.
ORDER = {name: at for at, name in enumerate(WORDS)}
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d")
# Which answers there are is told to whoever may read them; to other guardians only that some were changed.
OF_HEALTH = "health notes changed"
# What stands on that page, and a roster or a leader may have written, too.
PAPERS = frozenset({"swim_class", "swim_class_on", "form_ab_until", "form_c_until", "form_in_binder"})
LONGEST = 200  # characters of one value; the log keeps it whole
# Contact details of one home are not for the other, and neither is whom a unit's roster names as guardian, with phone and all.
OF_ANOTHER_HOME = frozenset({"guardian", "email", "user_id", "attachment"})
NAMED_BY_ROSTER = ("named guardian ", "guardian ")


class Change(NamedTuple):
    """One field; without values where they are not for the reader, or ids that tell nobody anything."""

    field: str
    before: str
    after: str

    @property
    def has_values(self) -> bool:
        """Whether there is something to show on either side."""
        return bool(self.before or self.after)


def is_of_another_home(field: str) -> bool:
    """Whether what an entry about a child says in this field is not for each of its guardians."""
    return field in OF_ANOTHER_HOME or field.startswith(NAMED_BY_ROSTER)


def changes_in_words(changes: dict[str, Any], *, for_family: bool = False, zone: tzinfo = UTC) -> list[Change]:
    """Field by field, those first that ``WORDS`` names, with times as ``zone`` has them; to a family without the values that may be of
    another home.

    What was kept but did not change says nothing, nor does the number of the version.
    """
    found = []
    for name, pair in sorted(changes.items(), key=lambda change: ORDER.get(change[0], len(ORDER))):
        before, after = pair if isinstance(pair, list) and len(pair) == 2 else (None, pair)
        if name == "version" or before == after:
            continue
        hidden = for_family and is_of_another_home(name)
        shown = not hidden and not any(UUID.fullmatch(str(value)) for value in (before, after))
        said = (in_words(before, zone), in_words(after, zone)) if shown else ("", "")
        found.append(Change(WORDS.get(name, name.replace("_", " ")), *said))
    return found


def in_words(value: Any, zone: tzinfo = UTC) -> str:
    """One value."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(in_words(part, zone) for part in value) or "nothing"
    text = str(value)
    if MOMENT.match(text):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text
        moment = moment.astimezone(zone) if moment.tzinfo else moment
        return f"{moment:%b} {moment.day}, {moment.year}, {moment:%H:%M %Z}".strip()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
