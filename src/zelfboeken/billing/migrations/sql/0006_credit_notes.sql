-- A statement carries a number that was drawn for a statement of its own domain, a credit note one that was drawn for a
-- credit note: no number serves two.
ALTER TABLE billing_monthlystatement ADD CONSTRAINT statement_number_was_drawn_for_it
  FOREIGN KEY (series, year, number, drawn_for, drawn_as)
  REFERENCES billing_statementnumber (series, year, number, drawn_for, drawn_as);
ALTER TABLE billing_creditnote ADD CONSTRAINT credit_note_number_was_drawn_for_it
  FOREIGN KEY (series, year, number, drawn_for, drawn_as)
  REFERENCES billing_statementnumber (series, year, number, drawn_for, drawn_as);
-- A credit note is of a statement that is there and knows its amount; together the notes of a statement take back no
-- more than that, since each begins with the sum of the ones before it (and a check holds the sum below the amount).
ALTER TABLE billing_creditnote ADD CONSTRAINT credit_note_is_of_a_statement
  FOREIGN KEY (domain_id, month, edition, statement_net_cents)
  REFERENCES billing_monthlystatement (domain_id, month, edition, net_cents);
ALTER TABLE billing_creditnote ADD CONSTRAINT credit_note_follows_the_one_before_it
  FOREIGN KEY (domain_id, month, edition, prev_sequence, before_cents)
  REFERENCES billing_creditnote (domain_id, month, edition, sequence, after_cents);
-- A month is stated anew only after the whole of its former statement was taken back.
ALTER TABLE billing_monthlystatement ADD CONSTRAINT statement_replaces_one_that_was_taken_back
  FOREIGN KEY (domain_id, month, prev_edition)
  REFERENCES billing_creditnote (domain_id, month, credited_edition);
