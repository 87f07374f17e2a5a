-- The series of statements has no gap: each number but the first follows one that is there (INV-05), and a statement
-- carries a number that was drawn for its own domain, so that no number serves two.
ALTER TABLE billing_statementnumber ADD CONSTRAINT statement_number_follows_one_that_is_there
  FOREIGN KEY (series, year, prev_number) REFERENCES billing_statementnumber (series, year, number);
ALTER TABLE billing_monthlystatement ADD CONSTRAINT statement_number_was_drawn_for_it
  FOREIGN KEY (series, year, number, drawn_for)
  REFERENCES billing_statementnumber (series, year, number, drawn_for);
