SELECT id, amount, impressions, clicks FROM ad_spend WHERE id = ANY($1::uuid[])
