-- Prices, the operator's identity and numbers are followed by newer rows and never changed, also not by the owner.
CREATE TRIGGER posted_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON billing_bundleprice
  FOR EACH STATEMENT EXECUTE FUNCTION zb_refuse_change();
CREATE TRIGGER posted_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON billing_seatprice
  FOR EACH STATEMENT EXECUTE FUNCTION zb_refuse_change();
CREATE TRIGGER posted_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON billing_operator
  FOR EACH STATEMENT EXECUTE FUNCTION zb_refuse_change();
CREATE TRIGGER posted_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON billing_statementnumber
  FOR EACH STATEMENT EXECUTE FUNCTION zb_refuse_change();
