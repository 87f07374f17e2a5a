-- A statement carries a number that was drawn for its domain; from 0006 on also one that was drawn for a statement.
ALTER TABLE billing_monthlystatement DROP CONSTRAINT statement_number_was_drawn_for_it;
