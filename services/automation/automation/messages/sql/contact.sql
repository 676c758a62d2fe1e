SELECT name, emails, phones, messengers, preferred, black_listed, erased FROM contacts WHERE customer_id = $1
