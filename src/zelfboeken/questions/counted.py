"""Whose turn it is in the open questions of a domain, for its counter: what `services.standing_of` says of each."""

from zelfboeken.workload.services import Counted

COUNTED = Counted(
    name="questions",
    columns=("questions_to_office", "questions_to_client"),
    sql="""
SELECT count(*) FILTER (WHERE side = 'OFFICE') AS questions_to_office,
       count(*) FILTER (WHERE side = 'DOMAIN') AS questions_to_client
  FROM (
    SELECT CASE waits_for WHEN 'RECEIVER' THEN to_side WHEN 'ASKER' THEN asked_side END AS side
      FROM questions_question WHERE domain_id = %(domain)s AND NOT state = 'CLOSED') q
""",
)
