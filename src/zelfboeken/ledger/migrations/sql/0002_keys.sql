ALTER TABLE ledger_entry
  ADD CONSTRAINT entry_period_exists
    FOREIGN KEY (domain_id, administration_id, fiscal_year, period_starts_on, period_until)
    REFERENCES ledger_period (domain_id, administration_id, fiscal_year, starts_on, until),
  ADD CONSTRAINT entry_journal_is_its_own
    FOREIGN KEY (domain_id, administration_id, journal_id) REFERENCES ledger_journal (domain_id, administration_id, id),
  ADD CONSTRAINT entry_number_has_no_gap
    FOREIGN KEY (domain_id, administration_id, journal_id, fiscal_year, prev_number)
    REFERENCES ledger_entry (domain_id, administration_id, journal_id, fiscal_year, number),
  ADD CONSTRAINT entry_chain_is_unbroken
    FOREIGN KEY (domain_id, administration_id, prev_seq, prev_hash)
    REFERENCES ledger_entry (domain_id, administration_id, seq, hash),
  ADD CONSTRAINT entry_reverses_its_subject
    FOREIGN KEY (domain_id, administration_id, reverses_id, subject, attempt)
    REFERENCES ledger_entry (domain_id, administration_id, id, subject, attempt),
  ADD CONSTRAINT entry_again_after_reversal
    FOREIGN KEY (domain_id, administration_id, subject, prev_attempt, yes)
    REFERENCES ledger_entry (domain_id, administration_id, subject, attempt, is_reversal);
ALTER TABLE ledger_entry_line
  ADD CONSTRAINT line_joins_no_finished_entry
    FOREIGN KEY (domain_id, administration_id, entry_id, line_count, on_date)
    REFERENCES ledger_entry (domain_id, administration_id, id, line_count, on_date),
  ADD CONSTRAINT line_account_is_its_own_and_goes_with_its_contact
    FOREIGN KEY (domain_id, administration_id, gl_account_id, is_open_item)
    REFERENCES ledger_glaccount (domain_id, administration_id, id, is_control),
  ADD CONSTRAINT line_contact_is_its_own
    FOREIGN KEY (domain_id, contact_id) REFERENCES contacts_contact (domain_id, id),
  ADD CONSTRAINT line_carries_the_sum
    FOREIGN KEY (domain_id, entry_id, prev_n, prev_running_cents)
    REFERENCES ledger_entry_line (domain_id, entry_id, n, running_cents);
ALTER TABLE ledger_entry
  ADD CONSTRAINT entry_balances
    FOREIGN KEY (domain_id, id, line_count, closing_cents)
    REFERENCES ledger_entry_line (domain_id, entry_id, n, running_cents) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ledger_openitem
  ADD CONSTRAINT open_item_line_exists
    FOREIGN KEY (domain_id, entry_id, n) REFERENCES ledger_entry_line (domain_id, entry_id, n);
