-- Half of the deals are of the caller's line of business; those that are open are on the board, every fiftieth.
UPDATE deals SET direction = CASE WHEN hashtext(deal_id::text) % 2 = 0 THEN 'ours' ELSE 'theirs' END,
                 pipeline = 'default', state = CASE WHEN hashtext(number) % 50 = 0 THEN 'open' ELSE 'lost' END;
