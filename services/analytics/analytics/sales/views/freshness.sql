CREATE OR REPLACE VIEW bi.freshness WITH (security_invoker = true) AS
SELECT p.name AS projection,
       w.source,
       sum(w.position)::bigint AS applied_events,
       CASE WHEN count(*) = count(e.next_offset)
            THEN sum(greatest(e.next_offset - coalesce(w.kafka_offset + 1, 0), 0))::bigint END AS waiting_events,
       max(w.updated_at) FILTER (WHERE w.position > 0) AS last_applied_at,
       CASE WHEN count(*) = count(c.complete_until) THEN min(c.complete_until) END AS complete_until,
       p.live_at AS live_since
  FROM public.projections p
  JOIN public.watermarks w ON w.consumer = format('%s.v%s.b%s', p.name, p.version, p.build)
  LEFT JOIN public.log_ends e USING (consumer, source, shard)
 CROSS JOIN LATERAL (SELECT CASE WHEN e.next_offset <= coalesce(w.kafka_offset + 1, 0) THEN e.seen_at
                                 ELSE e.caught_up_at END AS complete_until) c
 WHERE p.state = 'live'
 GROUP BY p.name, w.source, p.live_at;

COMMENT ON VIEW bi.freshness IS 'Насколько свежи данные, по источникам / How fresh the facts are, by source';
COMMENT ON COLUMN bi.freshness.projection IS 'Проекция / Projection';
COMMENT ON COLUMN bi.freshness.source IS 'Источник событий / Source of events';
COMMENT ON COLUMN bi.freshness.applied_events IS 'Сколько событий учтено / How many events are applied';
COMMENT ON COLUMN bi.freshness.waiting_events IS 'Сколько событий ещё не учтено / How many events are not yet applied';
COMMENT ON COLUMN bi.freshness.last_applied_at IS 'Когда учтено последнее событие / When the last event was applied';
COMMENT ON COLUMN bi.freshness.complete_until IS 'Всё, что записано до этого времени, учтено / Everything recorded before this time is applied';
COMMENT ON COLUMN bi.freshness.live_since IS 'С какого времени читается эта сборка / Since when this build has been read';

GRANT SELECT ON bi.freshness TO bi_reader;
