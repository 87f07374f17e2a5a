CREATE TABLE runtime_portal_key (
  portal_id bigint NOT NULL, key text NOT NULL, content_sha256 bytea NOT NULL, answer text NOT NULL DEFAULT '',
  made_at timestamptz NOT NULL,
  PRIMARY KEY (portal_id, key),
  CONSTRAINT portal_key_is_short CHECK (length(key) BETWEEN 8 AND 100)
);
GRANT SELECT, INSERT, UPDATE ON runtime_portal_key TO zb_app;
