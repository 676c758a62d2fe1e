-- What all members of the customer's card said on a purpose.
SELECT w.channel, w.at, w.given FROM consents w JOIN cards_of($1) AS c(id) ON w.customer_id = c.id WHERE w.purpose = $2
