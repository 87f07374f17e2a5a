-- One sequence numbers every tenant row, so an id means one row in the whole database.
CREATE SEQUENCE zb_id;
GRANT USAGE, SELECT ON SEQUENCE zb_id TO zb_app;
CREATE FUNCTION zb_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused: what is posted stays', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
