-- An administration belongs to one domain. Without knowing that, the planner multiplies the two shares, expects one row
-- of an administration where there are thousands, and takes an index that has only these two columns to offer.
CREATE STATISTICS entry_of_administration (dependencies, ndistinct) ON domain_id, administration_id FROM ledger_entry;
CREATE STATISTICS entry_line_of_administration (dependencies, ndistinct) ON domain_id, administration_id
  FROM ledger_entry_line;
CREATE STATISTICS open_item_of_administration (dependencies, ndistinct) ON domain_id, administration_id
  FROM ledger_openitem;
CREATE STATISTICS gl_account_of_administration (dependencies, ndistinct) ON domain_id, administration_id
  FROM ledger_glaccount;
