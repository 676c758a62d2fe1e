UPDATE list_readings r
   SET part = b.part, customers = r.customers + b.customers, state = CASE WHEN b.is_last THEN 'read' ELSE r.state END
  FROM (SELECT (data->>'request_id')::uuid AS request_id, max((data->>'part')::int) AS part,
               sum(jsonb_array_length(data->'customer_ids'))::int AS customers,
               bool_or(data->'part' = data->'parts') AS is_last
          FROM batch GROUP BY 1) b
 WHERE r.request_id = b.request_id AND r.part < b.part
