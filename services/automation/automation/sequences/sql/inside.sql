SELECT enrolment_id, customer_id FROM enrolments WHERE customer_id = ANY($1::uuid[]) AND state <> 'left' ORDER BY enrolment_id
