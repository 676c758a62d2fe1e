SELECT organisation_id, name, full_name, requisites FROM organisations WHERE organisation_id = $1
