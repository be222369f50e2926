"""What changes a unit's side of its people: members and their patrols, accounts, roles."""
