"""The forms around the trainings of a unit's adults."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import Length

from app.families.training.rules import Proof
from app.members.forms import tidy
from app.web.forms import PlainDateField

DAY = "Enter the day such as 12/31/2026 or 31 Dec 2026."


class TrainingForm(FlaskForm):
    """What a certificate says, written down where the adult stands."""

    code = SelectField("Training")
    completed_on = PlainDateField("Completed on", ask=DAY)
    expires_on = PlainDateField("Or it runs out on", ask=DAY)
    replace = BooleanField("In place of a newer date")

    def proof(self) -> Proof:
        """What was typed."""
        return Proof(self.code.data or "", self.completed_on.data, self.expires_on.data)


class DecisionForm(FlaskForm):
    """What a leader says to a claim."""

    reply = StringField("Why not", [Length(max=300, message="Keep the reason under 300 letters.")], filters=[tidy])
