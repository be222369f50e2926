"""Each home reads where the other has signed a child up and off, and nothing of other families."""

from app.extensions import db
from app.families.models import Guardian
from app.signups.rules.leader import edit_row
from tests.factories import keep, make_family, make_leader, make_outing, make_user
from tests.roster.helpers import text_of
from tests.signups.helpers import children_of, row_of, sign_up


def test_the_other_home_reads_who_signed_a_child_up_and_off(client, sign_in, unit, family):
    ava, noah = children_of(family)
    other = keep(Guardian(user_id=make_user().id, person_id=ava.id)).user_id
    outing = make_outing(unit, title="Canoe weekend", youth_seats=1)
    stranger = make_family(unit, 1, last_name="Stranger")
    sign_up(stranger, outing, children_of(stranger))
    sign_up(family, outing, [ava])
    sign_up(stranger, outing, [])
    leader, row = make_leader(unit), row_of(outing, ava)
    leader.name = "Dana Whitfield"
    edit_row(leader, outing.id, row.id, row.version, {"note": "snores"}, row.state)
    sign_up(family, outing, [noah])
    sign_in(client, db.session.get_one(type(family), other))
    said = text_of(client.get(f"/family/people/{ava.id}/log"))
    assert "Marit Lindqvist signed up: Canoe weekend state: nothing → waiting" in said
    assert "the waiting list moved up from the waiting list: Canoe weekend state: waiting → confirmed" in said
    assert "Marit Lindqvist cancelled: Canoe weekend state: confirmed → cancelled" in said
    for word in ("Stranger", "snores", "Dana", "Noah", "edited"):
        assert word not in said
    edit_row(leader, outing.id, row.id, row.version, {}, "confirmed", "sleeps in the van")
    said = text_of(client.get(f"/family/people/{ava.id}/log"))
    assert "Dana Whitfield edited the roster: Canoe weekend state: cancelled → confirmed" in said
    assert "van" not in said
