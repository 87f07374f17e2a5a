-- The books themselves. Wrong books cannot be stored: every constraint's name says what it refuses.
CREATE TABLE ledger_series (
  domain_id bigint NOT NULL, administration_id bigint NOT NULL, journal_id bigint NOT NULL, fiscal_year int NOT NULL,
  last_number bigint NOT NULL,
  PRIMARY KEY (domain_id, administration_id, journal_id, fiscal_year),
  CONSTRAINT series_journal_is_its_own FOREIGN KEY (domain_id, administration_id, journal_id)
    REFERENCES ledger_journal (domain_id, administration_id, id)
);
CREATE TABLE ledger_head (
  domain_id bigint NOT NULL, administration_id bigint NOT NULL, seq bigint NOT NULL, hash bytea,
  PRIMARY KEY (domain_id, administration_id),
  CONSTRAINT head_administration_is_its_own FOREIGN KEY (domain_id, administration_id)
    REFERENCES tenancy_administration (domain_id, id)
);
CREATE TABLE ledger_balance (
  domain_id bigint NOT NULL, administration_id bigint NOT NULL, gl_account_id bigint NOT NULL,
  month_starts_on date NOT NULL, debit_cents bigint NOT NULL, credit_cents bigint NOT NULL,
  PRIMARY KEY (domain_id, administration_id, gl_account_id, month_starts_on),
  CONSTRAINT balance_account_is_its_own FOREIGN KEY (domain_id, administration_id, gl_account_id)
    REFERENCES ledger_glaccount (domain_id, administration_id, id)
);
CREATE TABLE ledger_grid_balance (
  domain_id bigint NOT NULL, administration_id bigint NOT NULL, grid smallint NOT NULL,
  month_starts_on date NOT NULL, cents bigint NOT NULL,
  PRIMARY KEY (domain_id, administration_id, grid, month_starts_on),
  CONSTRAINT grid_balance_administration_is_its_own FOREIGN KEY (domain_id, administration_id)
    REFERENCES tenancy_administration (domain_id, id)
);
CREATE TABLE ledger_entry (
  domain_id bigint NOT NULL, id bigint NOT NULL, administration_id bigint NOT NULL, journal_id bigint NOT NULL,
  fiscal_year int NOT NULL, period_starts_on date NOT NULL, period_until date NOT NULL, on_date date NOT NULL,
  number bigint NOT NULL, subject text NOT NULL, attempt int NOT NULL, reverses_id bigint, line_count int NOT NULL,
  description text NOT NULL, document_sha256 bytea, posted_at timestamptz NOT NULL, posted_by bigint NOT NULL,
  seq bigint NOT NULL, prev_hash bytea, content bytea NOT NULL, hash bytea NOT NULL,
  closing_cents bigint GENERATED ALWAYS AS (0::bigint) STORED,
  prev_number bigint GENERATED ALWAYS AS (nullif(number - 1, 0)) STORED,
  prev_seq bigint GENERATED ALWAYS AS (nullif(seq - 1, 0)) STORED,
  prev_attempt int GENERATED ALWAYS AS (nullif(attempt - 1, 0)) STORED,
  is_reversal boolean GENERATED ALWAYS AS (reverses_id IS NOT NULL) STORED,
  yes boolean GENERATED ALWAYS AS (true) STORED,
  PRIMARY KEY (domain_id, id),
  CONSTRAINT entry_has_two_lines_or_more CHECK (line_count BETWEEN 2 AND 100000),
  CONSTRAINT entry_lies_in_its_period CHECK (on_date >= period_starts_on AND on_date < period_until),
  CONSTRAINT entry_counts_from_one CHECK (number > 0 AND seq > 0 AND attempt > 0),
  CONSTRAINT entry_hash_is_true CHECK (hash = sha256(coalesce(prev_hash, '\x') || content)),
  CONSTRAINT entry_first_has_no_previous CHECK ((seq = 1) = (prev_hash IS NULL)),
  CONSTRAINT entry_reverses_another CHECK (reverses_id <> id),
  CONSTRAINT entry_document_hash_is_whole CHECK (octet_length(document_sha256) = 32),
  CONSTRAINT entry_number_is_unique UNIQUE (domain_id, administration_id, journal_id, fiscal_year, number),
  CONSTRAINT entry_seq_is_unique UNIQUE (domain_id, administration_id, seq),
  CONSTRAINT entry_chain_link UNIQUE (domain_id, administration_id, seq, hash),
  CONSTRAINT entry_subject_is_posted_once UNIQUE (domain_id, administration_id, subject, attempt, is_reversal),
  CONSTRAINT entry_is_reversed_once UNIQUE (domain_id, reverses_id),
  -- The id stands second: with domain and administration in front, the planner may take any key of an administration
  -- for any look-up, and read all its entries to find one.
  CONSTRAINT entry_subject_key UNIQUE (domain_id, id, administration_id, subject, attempt),
  CONSTRAINT entry_line_key UNIQUE (domain_id, id, administration_id, line_count, on_date)
);
CREATE TABLE ledger_entry_line (
  domain_id bigint NOT NULL, administration_id bigint NOT NULL, entry_id bigint NOT NULL, n int NOT NULL,
  line_count int NOT NULL, on_date date NOT NULL, gl_account_id bigint NOT NULL, contact_id bigint,
  debit_cents bigint NOT NULL, credit_cents bigint NOT NULL, running_cents bigint NOT NULL,
  vat_grids smallint[] NOT NULL DEFAULT '{}', vat_cents bigint[] NOT NULL DEFAULT '{}',
  description text NOT NULL DEFAULT '',
  prev_n int GENERATED ALWAYS AS (nullif(n - 1, 0)) STORED,
  prev_running_cents bigint GENERATED ALWAYS AS (running_cents - debit_cents + credit_cents) STORED,
  is_open_item boolean GENERATED ALWAYS AS (contact_id IS NOT NULL) STORED,
  PRIMARY KEY (domain_id, entry_id, n),
  CONSTRAINT line_sum_key UNIQUE (domain_id, entry_id, n, running_cents),
  CONSTRAINT line_belongs_to_the_count CHECK (n BETWEEN 1 AND line_count),
  CONSTRAINT line_has_one_side CHECK (
    debit_cents BETWEEN 0 AND 1000000000000000 AND credit_cents BETWEEN 0 AND 1000000000000000
    AND (debit_cents > 0) <> (credit_cents > 0)),
  CONSTRAINT line_first_starts_at_zero CHECK (n > 1 OR running_cents = debit_cents - credit_cents),
  CONSTRAINT line_grids_have_amounts CHECK (
    cardinality(vat_grids) = cardinality(vat_cents)
    AND array_position(vat_grids, NULL) IS NULL AND array_position(vat_cents, NULL) IS NULL)
);
CREATE INDEX line_by_account ON ledger_entry_line (domain_id, administration_id, gl_account_id, on_date);
CREATE INDEX line_by_grid ON ledger_entry_line (domain_id, administration_id, on_date)
  WHERE cardinality(vat_grids) > 0;
