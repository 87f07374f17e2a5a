CREATE TABLE runtime_idempotency_key (
  domain_id bigint NOT NULL, key text NOT NULL, content_sha256 bytea NOT NULL, answer text NOT NULL DEFAULT '',
  made_at timestamptz NOT NULL,
  PRIMARY KEY (domain_id, key),
  CONSTRAINT idempotency_key_is_short CHECK (length(key) BETWEEN 8 AND 100)
);
ALTER TABLE runtime_idempotency_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE runtime_idempotency_key FORCE ROW LEVEL SECURITY;
CREATE POLICY own_domain ON runtime_idempotency_key
  USING (domain_id = nullif(current_setting('app.domain', true), '')::bigint)
  WITH CHECK (domain_id = nullif(current_setting('app.domain', true), '')::bigint);
GRANT SELECT, INSERT, UPDATE ON runtime_idempotency_key TO zb_app;
