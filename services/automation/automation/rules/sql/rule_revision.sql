SELECT coalesce(sum(revision), 0)::bigint FROM rules
