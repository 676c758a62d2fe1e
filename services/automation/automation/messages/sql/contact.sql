SELECT name, emails, erased FROM contacts WHERE customer_id = $1
