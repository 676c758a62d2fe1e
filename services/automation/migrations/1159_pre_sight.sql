-- migrate:up

-- Does somebody with these lines of business (NULL: all of them) see what is about this deal, else this lead, else this
-- customer? Having no line of business, and being about nothing, is seen by everybody. A deal or lead that was not heard
-- of yet is not; a customer in several lines of business is seen in each.
CREATE FUNCTION is_in_sight(deal uuid, lead uuid, customer uuid, sees text[]) RETURNS boolean
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN sees IS NULL OR CASE
    WHEN deal IS NOT NULL OR lead IS NOT NULL THEN coalesce(
      (SELECT d.direction = '' OR d.direction = ANY(sees)
         FROM webhook_directions d WHERE d.subject_id = coalesce(deal, lead)), false)
    WHEN customer IS NOT NULL THEN coalesce(
      (SELECT bool_or(c.direction = '' OR c.direction = ANY(sees))
         FROM webhook_customer_directions c WHERE c.customer_id = customer), true)
    ELSE true
  END;

-- migrate:down

DROP FUNCTION is_in_sight(uuid, uuid, uuid, text[]);
