"""The requests that are measured, and what a right answer to each holds."""

import itertools
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.outings.models import Outing
from bench.accounts import Account, Send, sign_in_all
from bench.ask import Ask
from bench.seed import Family, Scene
from bench.serve import Database

WHOLE = b"</html>"
RACING = 60  # families at once for the last places
Pair = tuple[Family, Account, Outing]


@dataclass
class Visitors:
    """Everybody who has signed in, and the sign-ups that they can still make."""

    scene: Scene
    readers: list[Account]
    leaders: list[Account]
    writers: list[Account]
    signed_up: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, scene: Scene, send: Send) -> "Visitors":
        """Sign them in: as many parents of the first troop as there are leaders."""
        readers = [family.user.email for family in scene.families[: len(scene.leaders)]]
        leaders = [user.email for user in scene.leaders]
        writers = [family.user.email for family in scene.writers]
        found = iter(sign_in_all(send, scene, [*readers, *leaders, *writers]))
        parts = [list(itertools.islice(found, len(part))) for part in (readers, leaders, writers)]
        visitors = cls(scene, *parts)
        visitors.hot_pairs = visitors.one_after_another(scene.hot)
        visitors.spread_pairs = visitors.all_over(scene.spread)
        return visitors

    hot_pairs: Iterator[Pair] = field(default=iter(()))
    spread_pairs: Iterator[Pair] = field(default=iter(()))

    def page(self, name: str) -> Iterator[Ask]:
        """The same page for ever, by one account after the other."""
        path, accounts = {
            "list": ("/outings", self.readers),
            "roster": (f"/outings/{self.scene.roster[0].id}/roster", self.leaders),
            "signup page": (f"/outings/{self.scene.listed[2].id}/signup", self.readers),
        }[name]
        return itertools.cycle([Ask(path, account.headers, marker=WHOLE) for account in accounts])

    def one_after_another(self, outings: Iterable[Outing]) -> Iterator[Pair]:
        """Every family on one outing, then on the next: all who ask at a moment want the same outing."""
        for outing in outings:
            for family, account in zip(self.scene.writers, self.writers, strict=True):
                yield family, account, outing

    def all_over(self, outings: list[Outing]) -> Iterator[Pair]:
        """Each request another outing, and no family twice on one."""
        for turn, _ in enumerate(self.writers):
            for place, outing in enumerate(outings):
                at = (turn + place) % len(self.writers)
                yield self.scene.writers[at], self.writers[at], outing

    def signups(self, pairs: Iterator[Pair], *, htmx: bool = False) -> Iterator[Ask]:
        """Two children each."""
        for family, account, outing in pairs:
            yield self.signup(family, account, outing, family.children, htmx=htmx)

    def race(self, outing: Outing) -> Iterator[Ask]:
        """One child of each family, all for the same last places."""
        for family, account in zip(self.scene.writers[:RACING], self.writers, strict=False):
            yield self.signup(family, account, outing, family.children[:1])

    def signup(self, family: Family, account: Account, outing: Outing, people: list[str], *, htmx: bool = False) -> Ask:
        """The form of the family's page. Plain, it answers with a redirect; through htmx with the party as it is now."""
        form = [("csrf_token", account.token), ("submission", str(uuid.uuid4())), ("seen", ""), ("together", "1")]
        form += [("consent", "1"), *(("people", person) for person in people)]
        kind = outing.title.split()[0]
        self.signed_up[kind] = self.signed_up.get(kind, 0) + len(people)
        path = f"/outings/{outing.id}/signup"
        if htmx:
            headers = account.headers | {"HX-Request": "true", "HX-Current-URL": f"https://localhost{path}"}
            return Ask(path, headers, form, marker=b'id="said"')
        return Ask(path, account.headers, form, (303,), b"done=")

    def check_pages(self, send: Send, database: Database) -> list[str]:
        """What is wrong with the pages, looked at more closely than under load."""
        ((roster,),) = database.execute(
            f"SELECT array_agg(id::text) FROM participants WHERE outing_id = '{self.scene.roster[0].id}'"
        )
        listed, family = [str(outing.id) for outing in self.scene.listed], self.scene.families[0]
        wanted = {"list": (listed, 20), "roster": (roster, 50), "signup page": (family.children, 2)}
        faults = []
        for name, (ids, number) in wanted.items():
            ask = next(self.page(name))
            answer = send(ask)
            shown = sum(id.encode() in answer.body for id in ids)
            if fault := answer.fault(ask):
                faults.append(fault)
            elif shown != number:
                faults.append(f"{ask.path} shows {shown} rows instead of {number}")
            elif name == "list" and not (b"<meter" in answer.body and b"are in" in answer.body):
                faults.append("the list lacks seat meters or one's own state")
        return faults

    def check_signed_up(self, database: Database, kind: str) -> list[str]:
        """Whether everybody whose sign-up was answered has a seat, and nobody else."""
        ((seated,),) = database.execute(
            "SELECT count(*) FROM participants p JOIN outings o ON o.id = p.outing_id"
            f" WHERE p.state = 'confirmed' AND o.title LIKE '{kind} %'"
        )
        sent = self.signed_up.get(kind, 0)
        return [] if seated == sent else [f"{kind}: {sent} people were signed up, {seated} have a seat"]


def floor_fifty() -> Iterator[Ask]:
    """The floor's page."""
    return itertools.repeat(Ask("/fifty", OF_FLOOR, marker=b"</table>"))


def floor_signups(outing: int, people: int = 2) -> Iterator[Ask]:
    """The floor's sign-up, a new family each time; on a full outing it refuses."""
    for family in itertools.count(1):
        form = [("family", str(family)), *(("people", str(family * 10 + person)) for person in range(people))]
        yield Ask(f"/signup/{outing}", OF_FLOOR, form, (201, 409) if people == 1 else (201,))


# As many bytes of headers as the product gets.
OF_FLOOR = Account("x" * 200, "").headers
