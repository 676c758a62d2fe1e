UPDATE invoice_series SET last = last + $2 WHERE code = $1 RETURNING prefix, last
