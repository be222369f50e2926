"""What must never leave the house, and an application that breaks while it holds it."""

from typing import Any

from flask import Flask, request
from sqlalchemy import text

from app.extensions import db
from app.web.public import public

# Put together here: a traceback shows lines of source, and these must not be found for having been written there.
NAME = "-".join(("Quill", "Nightingale"))
ALLERGY = "-".join(("severe", "hazelnut", "allergy"))
EMAIL = "@".join(("quill.parent", "example.org"))
PHONE = " ".join(("+1", "(555)", "867-5309"))
TOKEN = "".join(("welcome", "Token", "7f3a"))
AGENT = " ".join(("Mozilla/5.0", "PlantedPhone"))
PLANTED = (NAME, ALLERGY, EMAIL, PHONE, TOKEN, "PlantedPhone")


def plant(app: Flask) -> None:
    """Add pages that fail with somebody's data in every place where a fault can pick it up."""

    @public
    def crash_in_code(token: str) -> str:
        notes: Any = {"name": NAME, "allergy": ALLERGY, "said": dict(request.form), "token": token}
        try:
            int(notes["allergy"])
        except ValueError as error:
            raise KeyError(f"{notes['name']} <{EMAIL}> {PHONE}") from error
        return ""

    @public
    def crash_in_database() -> str:
        values = {"name": NAME, "email": EMAIL}
        db.session.execute(text("INSERT INTO users (id, email, name) VALUES (:name, :email, :name)"), values)
        return ""

    @public
    def crash_by_constraint() -> str:
        # PostgreSQL repeats the whole row: "Failing row contains (...)".
        columns = "id, email, name, session_key"
        statement = f"INSERT INTO users ({columns}) VALUES (gen_random_uuid(), :email, '', :allergy)"
        db.session.execute(text(statement), {"email": EMAIL, "allergy": ALLERGY})
        return ""

    app.add_url_rule("/planted/code/<token>", "planted_code", crash_in_code, methods=["POST"])
    app.add_url_rule("/planted/database", "planted_database", crash_in_database)
    app.add_url_rule("/planted/constraint", "planted_constraint", crash_by_constraint)


def visit(app: Flask) -> list[int]:
    """Send somebody's data in every part of a request to pages that fail; the answers' statuses."""
    client = app.test_client()
    client.set_cookie("planted", NAME)
    headers = {"User-Agent": AGENT, "X-Forwarded-For": "203.0.113.77", "Authorization": f"Bearer {TOKEN}"}
    form = {"name": NAME, "allergies": ALLERGY, "email": EMAIL, "phone": PHONE}
    answers = [
        client.post(f"/planted/code/{TOKEN}?q={NAME}", data=form, headers=headers),
        client.get(f"/planted/database?q={EMAIL}", headers=headers),
        client.get("/planted/constraint", query_string={"email": EMAIL}, headers=headers),
        client.get(f"/nowhere/{NAME}", headers=headers),
        client.post("/login", data={"login": EMAIL, "password": TOKEN}, headers=headers),
    ]
    return [answer.status_code for answer in answers]


def found_in(text: str) -> list[str]:
    """Which of the planted words it holds."""
    return [word for word in PLANTED if word.lower() in text.lower()]
