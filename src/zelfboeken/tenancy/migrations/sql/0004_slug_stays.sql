-- The address of a domain and of its mailbox: printed on invoices and cards, so it never changes (product A1).
CREATE TRIGGER slug_stays BEFORE UPDATE ON tenancy_domain
  FOR EACH ROW WHEN (OLD.slug IS DISTINCT FROM NEW.slug) EXECUTE FUNCTION zb_refuse_change();
