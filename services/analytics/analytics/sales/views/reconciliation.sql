CREATE OR REPLACE VIEW bi.reconciliation WITH (security_invoker = true) AS
SELECT r.check_code,
       r.meaning_ru,
       r.meaning_en,
       r.expected AS expected_count,
       r.found AS found_count,
       r.expected = r.found AS is_right
  FROM (
    SELECT 'leads' AS check_code, 'лиды = первые обращения + лиды от разделения карточек' AS meaning_ru,
           'leads = first requests + leads that splits opened' AS meaning_en,
           (SELECT count(*) FROM touches WHERE is_first) + (SELECT count(*) FROM leads WHERE from_lead_id IS NOT NULL) AS expected,
           (SELECT count(*) FROM leads WHERE captured_at IS NOT NULL) AS found
    UNION ALL
    SELECT 'deals', 'сделки = входы в первый этап', 'deals = entries into a first stage',
           (SELECT count(*) FROM deal_stage_changes WHERE change = 'opened'),
           (SELECT count(*) FROM deals WHERE opened_at IS NOT NULL)
    UNION ALL
    SELECT 'stages', 'этап сделки = последний в истории', 'a deal''s stage = the last of its history',
           (SELECT count(*) FROM deals WHERE opened_at IS NOT NULL),
           (SELECT count(*) FROM deals d
              JOIN (SELECT DISTINCT ON (deal_id) deal_id, stage FROM deal_stage_changes ORDER BY deal_id, version DESC) h
             USING (deal_id, stage) WHERE d.opened_at IS NOT NULL)
    UNION ALL
    SELECT 'values', 'сумма сделки = последняя в истории', 'a deal''s value = the last of its history',
           (SELECT count(*) FROM deals WHERE opened_at IS NOT NULL),
           (SELECT count(*) FROM deals d
              JOIN (SELECT DISTINCT ON (deal_id) * FROM deal_values ORDER BY deal_id, version DESC) h
             USING (deal_id, amount, currency) WHERE d.opened_at IS NOT NULL)
    UNION ALL
    SELECT 'payments', 'платежи сделок = платежи с привязкой', 'payments of deals = payments that were matched',
           (SELECT count(*) FROM payments p WHERE p.received_at IS NOT NULL AND EXISTS (
              SELECT FROM payment_matches h WHERE h.payment_id = p.payment_id)),
           (SELECT count(*) FROM payments WHERE received_at IS NOT NULL AND deal_id IS NOT NULL)
    UNION ALL
    SELECT 'tasks', 'выполненные задачи = задачи с выполнением в истории', 'tasks done = tasks whose history tells so',
           (SELECT count(*) FROM tasks t WHERE t.created_at IS NOT NULL AND EXISTS (
              SELECT FROM task_changes h WHERE h.task_id = t.task_id AND h.change = 'completed')),
           (SELECT count(*) FROM tasks WHERE created_at IS NOT NULL AND completed_at IS NOT NULL)
    UNION ALL
    SELECT 'contacts', 'состоявшиеся контакты = записи о них', 'contacts that took place = what was told of them',
           (SELECT count(*) FROM interactions i WHERE i.began_at IS NOT NULL AND EXISTS (
              SELECT FROM interaction_changes h WHERE h.interaction_id = i.interaction_id
                 AND (h.change = 'registered' OR h.change = 'concluded' AND i.is_held))),
           (SELECT count(*) FROM interactions WHERE began_at IS NOT NULL AND took_place_at IS NOT NULL)
  ) r;

COMMENT ON VIEW bi.reconciliation IS 'Сверка: числа, которые обязаны совпадать / Reconciliation: numbers that must agree';
COMMENT ON COLUMN bi.reconciliation.check_code IS 'Проверка / Check';
COMMENT ON COLUMN bi.reconciliation.meaning_ru IS 'Что сверяется, по-русски / What is compared, in Russian';
COMMENT ON COLUMN bi.reconciliation.meaning_en IS 'Что сверяется, по-английски / What is compared, in English';
COMMENT ON COLUMN bi.reconciliation.expected_count IS 'Сколько должно быть / How many there must be';
COMMENT ON COLUMN bi.reconciliation.found_count IS 'Сколько есть / How many there are';
COMMENT ON COLUMN bi.reconciliation.is_right IS 'Сходится / They agree';

GRANT SELECT ON bi.reconciliation TO bi_reader;
