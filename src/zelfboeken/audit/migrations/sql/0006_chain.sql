-- The chain over what was decided about people and rights: it cannot fork, skip or break.
ALTER TABLE audit_eventlink
  ADD COLUMN prev_seq bigint GENERATED ALWAYS AS (nullif(seq - 1, 0)) STORED,
  ADD CONSTRAINT event_link_counts_from_one CHECK (seq > 0),
  ADD CONSTRAINT event_link_hash_is_true CHECK (hash = sha256(coalesce(prev_hash, '\x') || content)),
  ADD CONSTRAINT event_link_first_has_no_previous CHECK ((seq = 1) = (prev_hash IS NULL)),
  ADD CONSTRAINT event_link_key UNIQUE (domain_id, seq, hash);
ALTER TABLE audit_eventlink
  ADD CONSTRAINT event_chain_is_unbroken
    FOREIGN KEY (domain_id, prev_seq, prev_hash) REFERENCES audit_eventlink (domain_id, seq, hash);
ALTER TABLE audit_portalevent ADD CONSTRAINT portal_event_key UNIQUE (portal_id, id);
ALTER TABLE audit_portaleventlink
  ADD COLUMN prev_seq bigint GENERATED ALWAYS AS (nullif(seq - 1, 0)) STORED,
  ADD CONSTRAINT portal_link_counts_from_one CHECK (seq > 0),
  ADD CONSTRAINT portal_link_hash_is_true CHECK (hash = sha256(coalesce(prev_hash, '\x') || content)),
  ADD CONSTRAINT portal_link_first_has_no_previous CHECK ((seq = 1) = (prev_hash IS NULL)),
  ADD CONSTRAINT portal_link_key UNIQUE (portal_id, seq, hash),
  ADD CONSTRAINT portal_link_event_is_its_own
    FOREIGN KEY (portal_id, event_id) REFERENCES audit_portalevent (portal_id, id);
ALTER TABLE audit_portaleventlink
  ADD CONSTRAINT portal_chain_is_unbroken
    FOREIGN KEY (portal_id, prev_seq, prev_hash) REFERENCES audit_portaleventlink (portal_id, seq, hash);
CREATE TRIGGER posted_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_portaleventlink
  FOR EACH STATEMENT EXECUTE FUNCTION zb_refuse_change();
