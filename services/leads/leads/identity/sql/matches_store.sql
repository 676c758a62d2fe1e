INSERT INTO matches AS m (id, low, high, version, status, reasons, kinds, strength, suggested_at, decided_at, decided_by)
SELECT g.id, g.low, g.high, g.version, g.status, string_to_array(g.reasons, ' '), string_to_array(g.kinds, ' '),
       g.strength, g.suggested_at, g.decided_at, g.decided_by
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::smallint[],
              $9::timestamptz[], $10::timestamptz[], $11::text[])
       AS g(id, low, high, version, status, reasons, kinds, strength, suggested_at, decided_at, decided_by)
ON CONFLICT (id) DO UPDATE SET
  version = excluded.version, status = excluded.status, reasons = excluded.reasons, kinds = excluded.kinds,
  strength = excluded.strength, suggested_at = excluded.suggested_at, decided_at = excluded.decided_at,
  decided_by = excluded.decided_by
