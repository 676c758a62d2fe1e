SELECT channel, at, given FROM consents WHERE customer_id = $1 AND purpose = $2
