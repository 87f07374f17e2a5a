-- A price is followed by a newer row and never changed, also not by the owner.
CREATE TRIGGER posted_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON billing_viewprice
  FOR EACH STATEMENT EXECUTE FUNCTION zb_refuse_change();
