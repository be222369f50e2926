"""Taking over a unit's roster from the file that its registrar exports.

``reading`` turns bytes into people and knows no database; ``comparing`` sets them against what is known and changes nothing;
``loading`` reads what is known; ``applying`` writes a plan; ``wording`` says it to people; ``running`` does all of it in order.
"""
