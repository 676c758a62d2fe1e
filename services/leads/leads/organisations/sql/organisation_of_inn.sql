SELECT id FROM organisations WHERE inn = $1 AND coalesce(kpp, '') = coalesce($2, '') AND id <> $3
