-- reads: staff, colleagues, contact_parts, planned_parts, done_parts, load_parts, closing_parts, earning_parts, payer_parts, answer_parts
WITH contacts_of AS (
  SELECT manager_id, sum(calls) AS calls, sum(answered_calls) AS answered_calls, round(sum(talk_seconds) / 60.0, 1) AS talk_minutes,
         sum(letters_out) AS letters, sum(messages_out) AS messages, sum(meetings) AS meetings_held, sum(contacts) AS contacts,
         max(last_at) AS last_at
    FROM contact_parts GROUP BY 1
), planned_by AS (
  SELECT manager_id, sum(meetings) AS meetings_planned,
         sum((SELECT count(*) FROM unnest(pending) AS at WHERE at < :moment)) AS overdue_contacts
    FROM planned_parts GROUP BY 1
), done_by AS (
  SELECT manager_id, sum(done) AS tasks_done, sum(late) AS tasks_late, max(last_at) AS last_at FROM done_parts GROUP BY 1
), loads AS (
  SELECT manager_id, sum(open_leads) AS open_leads, sum(open_tasks) AS open_tasks, sum(open_deals) AS open_deals,
         sum(CASE WHEN day < (:moment AT TIME ZONE :zone)::date THEN open_tasks
                  WHEN day = (:moment AT TIME ZONE :zone)::date
                  THEN (SELECT count(*) FROM unnest(due_at) AS at WHERE at < :moment) END) AS overdue_tasks
    FROM load_parts GROUP BY 1
), waited AS MATERIALIZED (
  SELECT manager_id, level, leads AS times, minutes AS singles FROM answer_parts
), leads_of AS (
  SELECT manager_id, sum(times) AS leads, sum(times) FILTER (WHERE level IS NULL) AS unanswered_leads FROM waited GROUP BY 1
), replies AS (
  SELECT * FROM waited WHERE level IS NOT NULL
), reactions AS (
  :medians(replies, manager_id)
), closed AS MATERIALIZED (
  SELECT * FROM closing_parts
), closed_by AS (
  SELECT manager_id, sum(won) AS sales, sum(lost) AS lost, max(last_at) AS last_at FROM closed GROUP BY 1
), sold AS (
  SELECT manager_id, :money(amount) AS sold
    FROM (SELECT manager_id, currency, sum(amount) AS amount FROM closed WHERE won > 0 GROUP BY 1, 2) sums
   GROUP BY 1
), revenue AS (
  SELECT manager_id, :money(amount) AS revenue, :money(profit) AS profit
    FROM (SELECT manager_id, currency, sum(amount) AS amount, sum(profit) AS profit FROM earning_parts GROUP BY 1, 2) sums
   GROUP BY 1
), paid_for AS (
  SELECT manager_id, sum(deals) FILTER (WHERE coalesce(paid_before < first_day, true)) AS paid_deals,
         sum(deals) FILTER (WHERE is_costed AND coalesce(costed_before < first_day, true)) AS costed_deals
    FROM payer_parts, (SELECT (:start AT TIME ZONE :zone)::date AS first_day) f GROUP BY 1
), last_of AS (
  SELECT manager_id, max(last_at) AS last_active_at
    FROM (SELECT manager_id, last_at FROM contacts_of UNION ALL SELECT manager_id, last_at FROM done_by
          UNION ALL SELECT manager_id, last_at FROM closed_by) active
   GROUP BY 1
), named AS (
  SELECT manager_id FROM colleagues
   UNION SELECT manager_id FROM contacts_of UNION SELECT manager_id FROM planned_by UNION SELECT manager_id FROM done_by
   UNION SELECT manager_id FROM loads UNION SELECT manager_id FROM leads_of UNION SELECT manager_id FROM closed_by
)
SELECT manager_id AS manager, m.department, coalesce(calls, 0) AS calls, coalesce(answered_calls, 0) AS answered_calls,
       coalesce(talk_minutes, 0) AS talk_minutes, coalesce(letters, 0) AS letters, coalesce(messages, 0) AS messages,
       coalesce(meetings_planned, 0) AS meetings_planned, coalesce(meetings_held, 0) AS meetings_held,
       coalesce(contacts, 0) AS contacts, coalesce(overdue_contacts, 0) AS overdue_contacts,
       coalesce(tasks_done, 0) AS tasks_done, coalesce(tasks_late, 0) AS tasks_late,
       coalesce(open_tasks, 0) AS open_tasks, coalesce(overdue_tasks, 0) AS overdue_tasks, coalesce(leads, 0) AS leads, coalesce(open_leads, 0) AS open_leads,
       round(median::numeric, 1) AS reaction_minutes, coalesce(unanswered_leads, 0) AS unanswered_leads,
       coalesce(open_deals, 0) AS open_deals, coalesce(sales, 0) AS sales, coalesce(lost, 0) AS lost,
       round(100.0 * sales / nullif(sales + lost, 0), 1) AS win_percent,
       round(1.0 * coalesce(contacts, 0) / nullif(sales, 0), 1) AS contacts_per_sale,
       coalesce(sold, '{}') AS sold, coalesce(revenue, '{}') AS revenue,
       coalesce(profit, '{}') AS profit, coalesce(paid_deals, 0) AS paid_deals, coalesce(costed_deals, 0) AS costed_deals,
       last_active_at,
       coalesce(m.is_active, true)
         AND coalesce(last_active_at < :moment - make_interval(days => :idle_days::int), true) AS is_idle
  FROM named
  LEFT JOIN staff m USING (manager_id) LEFT JOIN contacts_of USING (manager_id) LEFT JOIN planned_by USING (manager_id)
  LEFT JOIN done_by USING (manager_id) LEFT JOIN loads USING (manager_id) LEFT JOIN leads_of USING (manager_id)
  LEFT JOIN reactions USING (manager_id)  LEFT JOIN closed_by USING (manager_id) LEFT JOIN sold USING (manager_id) LEFT JOIN revenue USING (manager_id)
  LEFT JOIN paid_for USING (manager_id) LEFT JOIN last_of USING (manager_id)
 WHERE manager_id IS NOT NULL
 ORDER BY sales DESC NULLS LAST, manager_id
