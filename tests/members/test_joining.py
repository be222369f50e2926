"""A family comes in by a mail or a sheet of paper, or asks; nobody gets a child without an admin's yes."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select, update

from app import clock
from app.audit.models import AuditEntry
from app.clock import now
from app.errors import TooMany
from app.extensions import db, new_id
from app.families.models import Guardian, GuardianProposal
from app.identity.models import User
from app.members.models import Invitation, JoinRequest
from app.members.rules import joining as rules
from app.units.models import RoleName
from tests.factories import keep, make_leader, make_outing, make_person, make_user
from tests.mail.helpers import deliver_all, waiting


@pytest.fixture
def child(unit):
    return make_person("Ava", "Berg", unit=unit)


@pytest.fixture
def parent(app, db_session):
    """Another browser."""
    return app.test_client()


def link_in(mail):
    """The path of the link in a mail."""
    return urlsplit(re.search(r"^ +(https?://\S+)$", mail.text, re.MULTILINE)[1]).path


def mailed(client, unit, email="nora@example.org", child=None):
    """Invite, and look into the mailbox."""
    form = {"email": email, "child": str(child.id) if child else ""}
    assert client.post(f"/units/{unit.id}/invitations", data=form).status_code == 303
    (mail,) = deliver_all()
    assert mail.recipient == email
    return link_in(mail)


def printed(client, unit, *children):
    """The links of a sheet."""
    sheet = client.post(f"/units/{unit.id}/invitations/print", data={"children": [str(child.id) for child in children]})
    assert sheet.status_code == 200
    assert sheet.headers["Cache-Control"] == "no-store"
    assert sheet.text.count("data:image/svg+xml") == (len(children) or 6)
    return list(dict.fromkeys(re.findall(r"/join/[\w-]+", sheet.text)))


def user_of(email):
    return db.session.scalar(select(User).where(func.lower(User.email) == email))


def guards(user, child):
    return db.session.get(Guardian, (user.id, child.id), populate_existing=True) is not None


def inside(browser):
    return browser.get("/account").status_code == 200


def test_a_mailed_parent_signs_the_child_up_without_ever_having_a_password(client, admin, unit, child, parent):
    outing = make_outing(unit)
    link = mailed(client, unit, child=child)
    page = parent.get(link)
    assert "You will look after Ava here" in page.text
    assert "Berg" not in page.text, "the first name is enough"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert parent.post(link, data={"name": "Nora Berg", "relationship_to": "parent"}).headers["Location"] == "/"
    nora = user_of("nora@example.org")
    assert nora.password_hash is None
    assert guards(nora, child)
    form = {"people": str(child.id), "together": "1", "consent": "1", "seen": "", "submission": str(new_id())}
    assert parent.post(f"/outings/{outing.id}/signup", data=form).status_code == 303
    assert "Ava" in parent.get(f"/outings/{outing.id}").text
    # Once: for whoever opens it later it is gone.
    assert client.get(link).status_code == 410
    actions = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject_id == child.id).order_by(AuditEntry.id)
    )
    assert list(actions) == ["invited by mail", "became a guardian by invitation"]


def test_a_printed_link_trusts_no_address_before_its_mail_is_opened(client, admin, unit, child, parent, app):
    (link,) = printed(client, unit, child)
    form = {"name": "Nora Berg", "email": "nora@example.org", "relationship_to": "parent"}
    assert parent.post(link, data=form).headers["Location"] == "/join/sent"
    assert user_of("nora@example.org") is None
    (mail,) = deliver_all()
    phone, proof = app.test_client(), link_in(mail)
    assert "You will look after Ava" in phone.get(proof).text
    assert user_of("nora@example.org") is None, "a scanner that opens it spends nothing"
    assert phone.post(proof).headers["Location"] == "/"
    assert inside(phone)
    assert not inside(parent)
    assert guards(user_of("nora@example.org"), child)
    assert [phone.get(link).status_code, phone.post(proof).status_code] == [410, 410]


def test_whoever_proves_first_has_the_child_and_nobody_after(client, admin, unit, child, app):
    (link,) = printed(client, unit, child)
    first, second = app.test_client(), app.test_client()
    for browser, name in ((first, "nora"), (second, "eve")):
        browser.post(link, data={"name": name, "email": f"{name}@example.org", "relationship_to": "parent"})
    proofs = [link_in(mail) for mail in deliver_all()]
    assert [first.post(proofs[0]).status_code, second.post(proofs[1]).status_code] == [303, 410]
    assert user_of("eve@example.org") is None
    assert len(db.session.scalars(select(Guardian).where(Guardian.person_id == child.id)).all()) == 1


def test_an_account_that_is_there_takes_the_child_once_signed_in(client, admin, unit, child, parent, sign_in):
    nora = make_user("nora@example.org", name="Nora")
    link = mailed(client, unit, child=child)
    answer = parent.post(link, data={"name": "Nora", "relationship_to": "parent"})
    assert (
        answer.headers["Location"] == f"/login?next={link.replace('/', '%2F')}"
        or f"next={link}" in answer.headers["Location"]
    )
    assert not guards(nora, child)
    sign_in(parent, nora)
    assert parent.post(link, data={"relationship_to": "step-parent"}).status_code == 303
    assert db.session.get(Guardian, (nora.id, child.id)).relationship_to == "step-parent"


def test_the_proof_of_an_old_address_opens_no_account(client, admin, unit, child, parent):
    nora = make_user("nora@example.org")
    (link,) = printed(client, unit, child)
    parent.post(link, data={"name": "x", "email": "NORA@example.org", "relationship_to": "parent"})
    (mail,) = deliver_all()
    assert parent.post(link_in(mail)).headers["Location"].startswith("/login?next=")
    assert not inside(parent)
    assert guards(nora, child)


@pytest.mark.parametrize("there", [True, False])
def test_known_and_unknown_addresses_are_answered_alike(client, admin, unit, parent, there):
    if there:
        make_user("nora@example.org")
    (link,) = printed(client, unit)
    answer = parent.post(link, data={"name": "Nora", "email": "nora@example.org", "message": "Ava"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/join/sent")
    assert [args["letter"] for args in waiting()] == ["members.prove_address"]
    assert set(waiting()[0]["values"]) == {"request_id"}, "no link lies in the queue"


def ask(client, unit, parent, name="Nora Berg", email="nora@example.org"):
    """By the unit's own link, and prove the address."""
    (link,) = printed(client, unit)
    parent.post(link, data={"name": name, "email": email, "message": "Ava and Bo"})
    (mail,) = deliver_all()
    assert parent.post(link_in(mail)).status_code == 303
    return db.session.scalars(select(JoinRequest).where(JoinRequest.email == email)).one(), link


def test_the_unit_s_link_gives_a_request_and_an_admin_connects_the_children(client, admin, unit, child, parent):
    keep(
        GuardianProposal(
            person_id=make_person("Bo", "Aaberg", unit=unit).id, name="nora berg", relationship_to="Mother"
        )
    )
    other = make_person("Cleo", "Aalto", unit=unit)
    request, link = ask(client, unit, parent)
    nora = user_of("nora@example.org")
    assert f"{unit.name} has your request" in parent.get("/").text
    assert db.session.scalars(select(Guardian)).all() == []
    assert parent.get(link).status_code == 200, "it works for the next family, too"
    assert "Nora Berg" in client.get(f"/units/{unit.id}/invitations").text
    here = f"/units/{unit.id}/invitations/requests/{request.id}"
    page = client.get(here).text
    # The roster's word first, then namesakes, then the others; none is ticked.
    assert page.index("Bo Aaberg") < page.index("Ava Berg") < page.index("Cleo Aalto")
    assert "checked" not in page
    assert client.post(f"{here}/accept").status_code == 422
    assert client.post(f"{here}/accept", data={"children": str(make_person("Far", "Away").id)}).status_code == 422
    assert client.post(f"{here}/accept", data={"children": str(child.id)}).status_code == 303
    assert guards(nora, child)
    assert "has your request" not in parent.get("/").text
    assert not guards(nora, other)
    assert client.post(f"{here}/accept", data={"children": str(other.id)}).status_code == 409
    assert not guards(nora, other)
    (mail,) = deliver_all()
    assert (mail.recipient, "Ava" in mail.text) == ("nora@example.org", False)


def test_the_admins_hear_of_a_request_once_a_day_and_only_while_it_waits(client, admin, unit, parent, app):
    make_leader(unit)  # who decides nothing
    make_leader(unit, RoleName.ADMIN, email_proved=False)
    request, _ = ask(client, unit, parent)
    assert set(waiting()[0]["values"]) == {"request_id", "user_id"}
    (mail,) = deliver_all()
    assert mail.recipient == admin.email
    assert "Nora" not in mail.subject + mail.text, "who it is stands behind the sign-in"
    page = client.get(link_in(mail)).text
    assert request.name in page
    assert '<span>Invitations (1<span class="vh"> to look at</span>)</span></a>' in page
    ask(client, unit, app.test_client(), "Olga Dahl", "olga@example.org")
    assert deliver_all() == [], "of one that they have not looked at they were told"
    db.session.execute(update(JoinRequest).values(created_at=JoinRequest.created_at - timedelta(days=2)))
    ask(client, unit, app.test_client(), "Pia Ek", "pia@example.org")
    last = user_of("pia@example.org")
    here = f"/units/{unit.id}/invitations/requests/"
    pia = db.session.scalars(select(JoinRequest).where(JoinRequest.user_id == last.id)).one()
    assert client.post(f"{here}{pia.id}/decline", data={"reply": "Not here."}).status_code == 303
    assert [mail.recipient for mail in deliver_all()] == ["pia@example.org"], "another admin was quicker"


def test_a_decline_has_a_sentence_that_the_mail_brings(client, admin, unit, parent):
    request, _ = ask(client, unit, parent)
    here = f"/units/{unit.id}/invitations/requests/{request.id}/decline"
    assert client.post(here).status_code == 422
    assert client.post(here, data={"reply": "Please talk to Jo on Tuesday."}).status_code == 303
    (mail,) = deliver_all()
    assert "Please talk to Jo on Tuesday." in mail.text
    assert "nobody yet" not in client.get(f"/units/{unit.id}/invitations").text
    # Whoever was declined may ask again.
    (link,) = printed(client, unit)
    parent.post(link, data={"message": "Ava"})
    parent.post(link, data={"message": "Ava"})
    states = db.session.scalars(select(JoinRequest.state).order_by(JoinRequest.id))
    assert list(states) == ["declined", "waiting"], "and asking twice is asking once"


def test_a_leader_invites_to_the_unit_but_hands_out_no_child(client, unit, child, sign_in):
    sign_in(client, make_leader(unit))
    assert child.full_name not in client.get(f"/units/{unit.id}/invitations").text
    assert len(printed(client, unit)) == 1
    url = f"/units/{unit.id}/invitations"
    assert client.post(f"{url}/print", data={"children": str(child.id)}).status_code == 403
    assert client.post(url, data={"email": "a@example.org", "child": str(child.id)}).status_code == 422
    assert db.session.scalars(select(Invitation.person_id)).all() == [None]


def test_a_link_ends_with_its_time_its_maker_s_right_its_child_s_place_and_when_taken_back(
    client, admin, unit, child, parent
):
    (link,) = printed(client, unit, child)
    with clock.frozen(now() + timedelta(days=15)):
        assert parent.get(link).status_code == 410
    admin.suspended_at = now()
    assert parent.get(link).status_code == 410
    admin.suspended_at = None
    assert parent.get(link).status_code == 200
    (row,) = db.session.scalars(select(Invitation))
    assert link.rpartition("/")[2] not in row.token_hash
    assert client.post(f"/units/{unit.id}/invitations/{row.id}/withdraw").status_code == 303
    assert parent.get(link).status_code == 410
    assert client.post(f"/units/{unit.id}/invitations/{row.id}/withdraw").status_code == 303


def test_sending_twice_mails_once(client, admin, unit):
    for _ in range(2):
        client.post(f"/units/{unit.id}/invitations", data={"email": "Nora@example.org", "child": ""})
    assert len(deliver_all()) == 1
    assert len(db.session.scalars(select(Invitation)).all()) == 1


def test_limits_hold_per_mailbox_unit_address_and_account(client, admin, unit, parent):
    unit.takes_requests = True
    form = {"name": "Nora", "email": "nora@example.org", "message": ""}
    answers = [parent.post(f"/units/{unit.id}/join", data=form).status_code for _ in range(6)]
    assert answers == [303] * rules.PER_EMAIL + [429]
    form["email"] = "another@example.org"
    assert parent.post(f"/units/{unit.id}/join", data=form).status_code == 303
    for number in range(rules.PER_ADDRESS):
        try:
            rules.begin_asking(unit, f"{number}@example.org", "127.0.0.1")
        except TooMany:
            break
    assert parent.post(f"/units/{unit.id}/join", data=form | {"email": "c@example.org"}).status_code == 429
    answers = [
        client.post(f"/units/{unit.id}/invitations", data={"email": f"{n}@example.org"}).status_code for n in range(31)
    ]
    assert answers == [303] * 30 + [429]


def test_a_unit_takes_requests_only_when_it_says_so(unit, parent):
    assert parent.get(f"/units/{unit.id}/join").status_code == 404
    unit.takes_requests = True
    assert parent.get(f"/units/{unit.id}/join").status_code == 200


def test_a_stranger_puts_no_words_of_their_own_into_anybodys_mailbox(unit, parent):
    unit.takes_requests = True
    words = "Your child is hurt: pay at https://evil.example/now"
    sent = {"name": words, "email": "anybody@example.org", "message": words}
    assert parent.post(f"/units/{unit.id}/join", data=sent).status_code == 303
    (mail,) = deliver_all()
    assert mail.recipient == "anybody@example.org"
    assert "evil" not in mail.text + mail.html + mail.subject
