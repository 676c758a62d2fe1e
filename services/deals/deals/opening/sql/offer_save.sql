-- What became of an offer.
UPDATE deal_offers SET version = $2, state = $3, deal_id = $4 WHERE offer_id = $1
