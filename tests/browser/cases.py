"""Every page, who looks at it, and what they do there first."""

from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Page, expect

from tests.browser.hands import press
from tests.browser.ways_in import TWO_STEPS
from tests.factories import PASSWORD


def send(page: Page) -> None:
    """The form of the page, as it stands."""
    press(page.locator("main form:not([data-passkey]):has(button:not([type=button]))").last.locator("button").last)
    expect(page.locator(".error-summary")).to_be_visible()


def send_in_line(page: Page) -> None:
    """Nothing is ticked that must be."""
    press(page.get_by_label("Ava"))
    press(page.get_by_role("button", name="Sign up"))
    expect(page.locator(".error-summary")).to_be_visible()


def send_no_mail(page: Page) -> None:
    press(page.get_by_role("button", name="Send the invitation"))
    expect(page.locator(".error-summary")).to_be_visible()


def print_a_sheet(page: Page) -> None:
    press(page.locator("summary", has_text="For children"))
    press(page.get_by_role("checkbox").first)
    press(page.get_by_role("button", name="Make a sheet to print"))
    expect(page.locator(".slip")).to_be_visible()


def name_no_column(page: Page) -> None:
    press(page.get_by_role("button", name="Compare"))
    expect(page.locator(".error-summary")).to_be_visible()


def send_a_nameless(page: Page) -> None:
    page.locator("main [name=first_name]").fill("")
    send(page)


def add_an_allergy(page: Page) -> None:
    press(page.get_by_role("button", name="Add another allergy"))
    expect(page.locator("#allergies-2-what")).to_be_visible()
    press(page.get_by_role("button", name="Add a medication"))
    expect(page.locator("#medications-0-what")).to_be_visible()


def send_half_an_allergy(page: Page) -> None:
    page.locator("#allergies-1-what").fill("")
    page.locator("#swim_class_on").fill("soon")
    press(page.get_by_role("button", name="Save", exact=True).last)
    expect(page.locator(".error-summary")).to_be_visible()


def send_a_bad_day(page: Page) -> None:
    page.locator("[name=ends_at]").fill("2020-01-01")
    press(page.get_by_role("button", name="Save", exact=True))
    expect(page.locator(".error-summary")).to_be_visible()


def edit_in_place(page: Page) -> None:
    """The first row of the table, with its fields open."""
    press(page.locator("tbody").get_by_role("link", name="Edit").first)
    expect(page.locator("tr.edit")).to_be_visible()


def edit_a_card(page: Page) -> None:
    """The first of the family's cards, in place; and the form for somebody new beside it."""
    press(page.locator(".cards .btn").filter(has_text="Edit").first)
    expect(page.locator(".cards .edit form")).to_have_count(1)
    press(page.get_by_role("link", name="Add a person"))
    expect(page.locator(".cards .edit form")).to_have_count(2)


def add_a_row(page: Page) -> None:
    """An empty row at the end of each list."""
    for name in ("Add somebody", "Add a name"):
        press(page.get_by_role("link", name=name, exact=True))
    expect(page.locator("tr.edit")).to_have_count(2)


def send_a_row(page: Page) -> None:
    """With nothing typed, by the plain form."""
    press(page.locator("tr.edit .btn:not(.btn--quiet)"))
    expect(page.locator(".field__error").first).to_be_visible()


def edit_badly(page: Page) -> None:
    """A row that comes back with an error beside its cell."""
    edit_in_place(page)
    press(page.locator("tr.edit summary").first)
    page.get_by_label("Note", exact=True).fill("x" * 501)
    press(page.locator("tr.edit").get_by_role("button", name="Save"))
    expect(page.locator("tr.edit .field__error")).to_be_visible()


def take_off(page: Page) -> None:
    """A toast with Undo."""
    press(page.locator("tbody").get_by_role("button", name="Take off").first)
    expect(page.locator(".toast__undo")).to_be_visible()


def open_all(page: Page) -> None:
    """Every fold."""
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")


def make_link(page: Page) -> None:
    press(page.get_by_role("button", name="Make a new one-time link"))
    expect(page.locator("#link")).to_be_visible()


def come_to_the_second_step(page: Page) -> None:
    """Of an account that has an app and a passkey."""
    page.locator("[name=login]").fill(TWO_STEPS)
    page.locator("[name=password]").fill(PASSWORD)
    press(page.get_by_role("button", name="Sign in", exact=True))
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()


def miss_the_second_step(page: Page) -> None:
    """A code that is none."""
    come_to_the_second_step(page)
    page.locator("[name=code]").fill("no code")
    send(page)


class Case(NamedTuple):
    """A page, who looks at it, and what they do there first."""

    who: str
    address: str
    act: Callable[[Page], None] | None = None
    status: int = 200

    def __str__(self) -> str:
        return f"{self.who} {self.address}" + (f" {self.act.__name__}" if self.act else "")


CASES = [
    Case("nobody", "/"),
    Case("nobody", "/login"),
    Case("nobody", "/login", send, 422),
    Case("nobody", "/login", come_to_the_second_step),
    Case("nobody", "/login", miss_the_second_step, 422),
    Case("nobody", "/welcome/{token}"),
    Case("nobody", "/welcome/{token}", send, 422),
    Case("nobody", "/welcome/made-up", status=410),
    Case("nobody", "/join/{child_link}"),
    Case("nobody", "/join/{child_link}", send, 422),
    Case("nobody", "/join/{unit_link}"),
    Case("nobody", "/join/sent"),
    Case("nobody", "/invitation/{guardian_link}"),
    Case("nobody", "/join/confirm/{proof}"),
    Case("newcomer", "/join/{child_link}"),
    Case("newcomer", "/units/{unit}/join"),
    Case("nobody", "/login/link"),
    Case("nobody", "/login/with/{sign_in_token}"),
    Case("nobody", "/login/reset/{reset_token}"),
    Case("nobody", "/account/email/back/{back_token}"),
    Case("parent", "/account/data"),
    Case("parent", "/account/delete"),
    Case("parent", "/account/email", send, 422),
    Case("parent", "/account/email/{email_token}"),
    Case("newly_made", "/account/password"),
    Case("newcomer", "/"),
    Case("newcomer", "/family"),
    Case("newcomer", "/units"),
    Case("parent", "/"),
    Case("parent", "/outings?when=past"),
    Case("parent", "/outings?page=2"),
    Case("parent", "/outings/{open}"),
    Case("parent", "/outings/{joined}"),
    Case("parent", "/outings/{full}"),
    Case("parent", "/outings/{cancelled}"),
    Case("parent", "/outings/{over}"),
    Case("parent", "/outings/{unopened}"),
    Case("parent", "/outings/{open}/signup"),
    Case("parent", "/outings/{open}/signup", open_all),
    Case("parent", "/outings/{open}/signup", send_in_line, 422),
    Case("parent", "/outings/{joined}/signup"),
    Case("parent", "/outings/{full}/signup"),
    Case("parent", "/outings/{closed}/signup"),
    Case("newcomer", "/outings/{open}/signup", status=404),
    Case("leader", "/outings/{open}/signup"),
    Case("parent", "/family"),
    Case("parent", "/family/people/new"),
    Case("parent", "/family/people/{child}"),
    Case("parent", "/family", edit_a_card),
    Case("parent", "/family/people/{child}/edit", send_a_nameless, 422),
    Case("parent", "/family/people/{child}", add_a_row),
    Case("parent", "/family/people/{child}/contacts"),
    Case("parent", "/family/people/{child}/contacts/{contact}"),
    Case("parent", "/family/people/{child}/collecting?add=1", send_a_row, 422),
    Case("parent", "/family/people/{child}/collecting/{collector}"),
    Case("parent", "/family/people/{child}/photos"),
    Case("parent", "/family/people/{parent_person}"),
    Case("parent", "/family/people/{parent_person}/trainings", send, 422),
    Case("leader", "/units/{unit}/trainings", open_all),
    Case("leader", "/units/{unit}/trainings?code=Y01&show=missing", edit_in_place),
    Case("leader", "/units/{unit}/trainings/{adult}"),
    Case("leader", "/units/{unit}/trainings/{adult}/edit", send_a_row, 422),
    Case("parent", "/family/people/{child}/health", add_an_allergy),
    Case("parent", "/family/people/{child}/health", send_half_an_allergy, 422),
    Case("parent", "/family/people/{child}/guardians"),
    Case("parent", "/family/people/{child}/log"),
    Case("admin", "/units/{unit}/members/{member}/guardians"),
    Case("parent", "/account"),
    Case("parent", "/account/sessions"),
    Case("parent", "/account/factors"),
    Case("parent", "/account/factors/app"),
    Case("parent", "/account/factors/app", send, 422),
    Case("parent", "/account/factors/passkey"),
    Case("two_steps", "/account/factors"),
    Case("parent", "/account/provider"),
    Case("parent", "/account/confirm"),
    Case("nobody", "/login/forgot"),
    Case("nobody", "/login/sent"),
    Case("leader", "/units/{unit}/patrols"),
    Case("parent", "/account/password", send, 422),
    Case("parent", "/outings/{open}/edit", status=403),
    Case("leader", "/outings"),
    Case("leader", "/outings/new"),
    Case("leader", "/outings/new", send, 422),
    Case("leader", "/outings/{draft}"),
    Case("leader", "/outings/{cancelled}"),
    Case("leader", "/outings/{open}/edit", send_a_bad_day, 422),
    Case("leader", "/outings/{big}/roster"),
    Case("leader", "/outings/{small}/roster", edit_in_place),
    Case("leader", "/outings/{small}/roster", edit_badly, 422),
    Case("leader", "/outings/{small}/roster", take_off),
    Case("leader", "/outings/{small}/roster?show=waiting", open_all),
    Case("leader", "/outings/{nobody_yet}/roster"),
    Case("leader", "/outings/{big}/roster/{row}"),
    Case("leader", "/outings/{big}/roster/{row}/edit", open_all),
    Case("leader", "/outings/{big}/roster/{row}/health"),
    Case("leader", "/outings/{big}/meals"),
    Case("leader", "/outings/{full}/roster/add?q=Patel", open_all),
    Case("leader", "/outings/{small}/roster/add?q=Okafor", open_all),
    Case("leader", "/units"),
    Case("leader", "/units/{unit}/members?q=sato"),
    Case("site_admin", "/admin/mail"),
    Case("admin", "/units/{unit}/members"),
    Case("admin", "/units/{unit}/members?q=sato", edit_in_place),
    Case("admin", "/units/{unit}/members?q=nobody-of-this-name"),
    Case("admin", "/units/{unit}/members?form=over&registered=yes", open_all),
    Case("admin", "/units/{unit}/members?only=former"),
    Case("admin", "/units/{unit}/members/{member}/positions"),
    Case("admin", "/units/{unit}/members/{member}/positions", send, 422),
    Case("admin", "/units/{unit}/members/{member}/transfer"),
    Case("admin", "/units/{unit}/members/{member}/transfer", send, 422),
    Case("admin", "/units/{unit}/transfers"),
    Case("admin", "/units/{unit}/duplicates"),
    Case("admin", "/units/{unit}/duplicates/{member}/{twin}"),
    Case("admin", "/units/{unit}/members/{member}"),
    Case("admin", "/units/{unit}/members/{member}/edit"),
    Case("admin", "/units/{unit}/members/new"),
    Case("admin", "/units/{unit}/members/new", send, 422),
    Case("admin", "/units/{unit}/members/{adult}/account"),
    Case("admin", "/units/{unit}/members/{adult}/account", send, 422),
    Case("admin", "/units/{unit}/members/{parent_person}/account"),
    Case("admin", "/units/{unit}/members/{parent_person}/account", make_link),
    Case("admin", "/units/{unit}/members/roles"),
    Case("admin", "/units/{unit}/patrols", open_all),
    Case("admin", "/units/{unit}/patrols", send, 422),
    Case("admin", "/units/{unit}/import", open_all),
    Case("admin", "/units/{unit}/import", send, 422),
    Case("admin", "/units/{unit}/import/{plan}"),
    Case("admin", "/units/{unit}/import/{plan}?show=changed"),
    Case("admin", "/units/{unit}/import/{plan}?show=unclear"),
    Case("admin", "/units/{unit}/import/{unnamed}/columns"),
    Case("admin", "/units/{unit}/import/{unnamed}/columns", name_no_column, 422),
    Case("admin", "/units/{unit}/import/{imported}"),
    Case("admin", "/units/{unit}/invitations", open_all),
    Case("admin", "/units/{unit}/invitations", send_no_mail, 422),
    Case("admin", "/units/{unit}/invitations", print_a_sheet),
    Case("admin", "/units/{unit}/invitations/requests/{request}", open_all),
    Case("admin", "/units/{unit}/invitations/requests/{request}", send, 422),
    Case("leader", "/units/{unit}/invitations"),
    Case("admin", "/units/{unit}/settings"),
    Case("admin", "/units/{unit}/log"),
    Case("site_admin", "/admin/people"),
    Case("site_admin", "/admin/log"),
    Case("site_admin", "/units"),
    Case("site_admin", "/units", send, 422),
]
