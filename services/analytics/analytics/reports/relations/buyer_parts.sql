-- kept
-- reads: buyer_money, buyer_traits
-- What persons paid on a day less what they got back, since when and until when they did not, and all that is known of them:
-- traits and their values, side by side.
SELECT b.day, b.since, b.until, b.person_id, b.currency, b.amount, t.traits, t.trait_values
  FROM buyer_money b
  LEFT JOIN (SELECT person_id, array_agg(trait ORDER BY trait, value) AS traits,
                    array_agg(value ORDER BY trait, value) AS trait_values
               FROM buyer_traits GROUP BY 1) t USING (person_id)
