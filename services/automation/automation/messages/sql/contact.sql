-- How the customer can be reached; on the black list if any member of the card is.
SELECT name, emails, phones, messengers, preferred, erased,
       EXISTS (SELECT FROM contacts b JOIN cards_of($1) AS c(id) ON b.customer_id = c.id WHERE b.black_listed) AS black_listed
  FROM contacts WHERE customer_id = $1
