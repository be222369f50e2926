"""What nobody finds in the file of one's own data, and why."""

# Tables that nobody finds in the file, and why.
LEFT_OUT = {
    "units": "About nobody; its name stands beside what belongs to it.",
    "patrols": "About nobody; its name stands beside what belongs to it.",
    "outing_units": "About nobody: which units an outing is open to.",
    "attempt_counters": "Counts of attempts under keys that cannot be turned back into an account; gone after half an hour.",
    "password_links": "Only the hash of a link that opens an account, and when it ends.",  # nosec B105
    "outside_accounts": "What a provider elsewhere calls the account; nobody can read it but the provider.",
    "emailed_links": "Only the hash of a link that opens an account, and the address that it went to; gone soon after.",
    "invitations": "The hash of a way into a unit, and at most the address of somebody else; gone 30 days later.",
    "submissions": "A form that arrived twice is known by it for 30 days; what it did stands under the sign-ups.",
    "guardian_proposals": "What a roster says of who could be a guardian; it names adults of another home.",
    "roster_import_rows": "A unit's working copy of its own file; what was taken from it stands under people and memberships.",
    "roster_columns": "About nobody: what the columns of a unit's file hold.",
    "member_columns": "About nobody: which columns a list of members has for an account.",
    "transfers": "That a unit was asked to take somebody; what came of it stands under memberships and in the log.",
    "person_merges": "What takes a merge back, sealed, for 30 days; what was merged stands where it was moved to.",
    "distinct_people": "An admin's word that two people are not the same; the other one may be of another family.",
    "mail_failures": "An address without its middle, from which nobody can be told, for whoever runs the site.",
    "kept_mails": "Mails of a site under development, which sends none.",
}
# Columns of included tables that are not given, and why.
KEPT_BACK = {
    "pick_up_note": "Who may collect a child may speak of the other home. Ask the unit.",
    "note": "A leader's note on the roster may speak of others. Ask the unit.",
    "overbook_reason": "A leader's reason may speak of others. Ask the unit.",
    "reason": "An admin's reason may speak of others. Ask the unit.",
}
