-- reads: took_place
-- People reached in the period, by who reached them, counted by the lines of business in which he did on that day.
SELECT day, manager_id, directions, count(*) AS customers
  FROM (SELECT day, manager_id, person_id,
               array_agg(DISTINCT coalesce(direction, '') ORDER BY coalesce(direction, '')) AS directions
          FROM took_place WHERE person_id IS NOT NULL GROUP BY 1, 2, 3) reached
 GROUP BY 1, 2, 3
