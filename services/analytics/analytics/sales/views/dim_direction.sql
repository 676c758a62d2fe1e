CREATE OR REPLACE VIEW bi.dim_direction WITH (security_invoker = true) AS
SELECT d.direction
  FROM (SELECT direction FROM leads UNION SELECT direction FROM deals UNION SELECT direction FROM customers
        UNION SELECT direction FROM organisations UNION SELECT direction FROM ad_spend) d
 WHERE d.direction IS NOT NULL;

COMMENT ON VIEW bi.dim_direction IS 'Направления бизнеса, которые есть в данных / Lines of business in the data';
COMMENT ON COLUMN bi.dim_direction.direction IS 'Направление бизнеса / Line of business';

GRANT SELECT ON bi.dim_direction TO bi_reader;
