"""What the associations ask of a unit, as data by preset."""
