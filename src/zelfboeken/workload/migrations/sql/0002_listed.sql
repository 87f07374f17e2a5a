-- A screen over many domains reads their counters, and nothing else of them; it never writes (architecture §6).
CREATE POLICY listed_domains ON workload_counter FOR SELECT
  USING (domain_id = ANY (string_to_array(nullif(current_setting('app.domains', true), ''), ',')::bigint[]));
