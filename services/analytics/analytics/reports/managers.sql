-- reads: staff, colleagues, contacts, contact_parts, tasks, deals, takings, answer_parts, unjudged_parts
WITH contacts_of AS (
  SELECT manager_id, sum(contacts) FILTER (WHERE kind = 'call') AS calls,
         sum(contacts) FILTER (WHERE kind = 'call' AND is_answered) AS answered_calls,
         round(coalesce(sum(talk_seconds) FILTER (WHERE kind = 'call'), 0) / 60.0, 1) AS talk_minutes,
         sum(contacts) FILTER (WHERE kind = 'email' AND flow = 'out') AS letters,
         sum(contacts) FILTER (WHERE kind = 'message' AND flow = 'out') AS messages,
         sum(contacts) FILTER (WHERE kind = 'meeting') AS meetings_held, sum(contacts) AS contacts, max(last_at) AS last_at
    FROM contact_parts GROUP BY 1
), planned_by AS (
  SELECT manager_id, count(*) FILTER (WHERE kind = 'meeting') AS meetings_planned,
         count(*) FILTER (WHERE took_place_at IS NULL AND concluded_at IS NULL AND cancelled_at IS NULL
                            AND planned_at < :moment) AS overdue_contacts
    FROM contacts WHERE planned_at >= :start AND planned_at < :end AND manager_id IS NOT NULL GROUP BY 1
), done_by AS (
  SELECT manager_id,
         count(*) FILTER (WHERE completed_at < :end) AS tasks_done,
         count(*) FILTER (WHERE completed_at < :end AND completed_at > due_at) AS tasks_late, max(completed_at) AS last_at
    FROM tasks WHERE completed_at >= :start GROUP BY 1
), waiting_for AS (
  SELECT manager_id, count(*) AS open_tasks, count(*) FILTER (WHERE due_at < :moment) AS overdue_tasks
    FROM tasks WHERE is_open GROUP BY 1
), waited AS MATERIALIZED (
  SELECT * FROM answer_parts
), leads_of AS (
  SELECT manager_id, sum(leads) AS leads, sum(unanswered) AS unanswered_leads FROM waited GROUP BY 1
), reactions AS (
  SELECT w.manager_id, :median(m.minutes, 1) AS reaction_minutes FROM waited w, unnest(w.minutes) AS m (minutes) GROUP BY 1
), unjudged AS (
  SELECT manager_id, sum(open_leads) AS open_leads FROM unjudged_parts GROUP BY 1
), closed AS MATERIALIZED (
  SELECT manager_id, stage_kind, stage_at, currency, amount
    FROM deals WHERE stage_kind IN ('won', 'lost') AND stage_at >= :start
), closed_by AS (
  SELECT manager_id, count(*) FILTER (WHERE stage_at < :end AND stage_kind = 'won') AS sales,
         count(*) FILTER (WHERE stage_at < :end AND stage_kind = 'lost') AS lost, max(stage_at) AS last_at
    FROM closed GROUP BY 1
), in_work AS (
  SELECT manager_id, count(*) AS open_deals FROM deals WHERE is_open GROUP BY 1
), sold AS (
  SELECT manager_id, :money(amount) AS sold
    FROM (SELECT manager_id, currency, sum(amount) AS amount FROM closed
           WHERE stage_kind = 'won' AND stage_at < :end GROUP BY 1, 2) sums
   GROUP BY 1
), paid AS MATERIALIZED (
  SELECT d.manager_id, deal_id, t.currency, t.amount, t.profit FROM takings t JOIN deals d USING (deal_id)
   WHERE t.at >= :start AND t.at < :end
), revenue AS (
  SELECT manager_id, :money(amount) AS revenue, :money(profit) AS profit
    FROM (SELECT manager_id, currency, sum(amount) AS amount, sum(profit) AS profit FROM paid GROUP BY 1, 2) sums
   GROUP BY 1
), paid_for AS (
  SELECT manager_id, count(DISTINCT deal_id) AS paid_deals,
         count(DISTINCT deal_id) FILTER (WHERE profit IS NOT NULL) AS costed_deals
    FROM paid GROUP BY 1
), last_of AS (
  SELECT manager_id, max(last_at) AS last_active_at
    FROM (SELECT manager_id, last_at FROM contacts_of UNION ALL SELECT manager_id, last_at FROM done_by
          UNION ALL SELECT manager_id, last_at FROM closed_by) active
   GROUP BY 1
), named AS (
  SELECT manager_id FROM colleagues
   UNION SELECT manager_id FROM contacts_of UNION SELECT manager_id FROM planned_by UNION SELECT manager_id FROM done_by UNION SELECT manager_id FROM waiting_for
   UNION SELECT manager_id FROM leads_of UNION SELECT manager_id FROM unjudged UNION SELECT manager_id FROM closed_by
   UNION SELECT manager_id FROM in_work
)
SELECT manager_id AS manager, m.department, coalesce(calls, 0) AS calls, coalesce(answered_calls, 0) AS answered_calls,
       coalesce(talk_minutes, 0) AS talk_minutes, coalesce(letters, 0) AS letters, coalesce(messages, 0) AS messages,
       coalesce(meetings_planned, 0) AS meetings_planned, coalesce(meetings_held, 0) AS meetings_held,
       coalesce(contacts, 0) AS contacts, coalesce(overdue_contacts, 0) AS overdue_contacts,
       coalesce(tasks_done, 0) AS tasks_done, coalesce(tasks_late, 0) AS tasks_late,
           coalesce(open_tasks, 0) AS open_tasks,
       coalesce(overdue_tasks, 0) AS overdue_tasks, coalesce(leads, 0) AS leads, coalesce(open_leads, 0) AS open_leads,
       reaction_minutes, coalesce(unanswered_leads, 0) AS unanswered_leads,
       coalesce(open_deals, 0) AS open_deals, coalesce(sales, 0) AS sales, coalesce(lost, 0) AS lost,
       round(100.0 * sales / nullif(sales + lost, 0), 1) AS win_percent,
       round(1.0 * coalesce(contacts, 0) / nullif(sales, 0), 1) AS contacts_per_sale,
       coalesce(sold, '{}') AS sold, coalesce(revenue, '{}') AS revenue,
       coalesce(profit, '{}') AS profit, coalesce(paid_deals, 0) AS paid_deals, coalesce(costed_deals, 0) AS costed_deals,
       last_active_at,
       coalesce(m.is_active, true)
         AND coalesce(last_active_at < :moment - make_interval(days => :idle_days::int), true) AS is_idle
  FROM named
  LEFT JOIN staff m USING (manager_id) LEFT JOIN contacts_of USING (manager_id) LEFT JOIN planned_by USING (manager_id) LEFT JOIN done_by USING (manager_id)
  LEFT JOIN waiting_for USING (manager_id)
  LEFT JOIN leads_of USING (manager_id) LEFT JOIN reactions USING (manager_id) LEFT JOIN unjudged USING (manager_id) LEFT JOIN closed_by USING (manager_id)
  LEFT JOIN in_work USING (manager_id)
  LEFT JOIN sold USING (manager_id) LEFT JOIN revenue USING (manager_id) LEFT JOIN paid_for USING (manager_id) LEFT JOIN last_of USING (manager_id)
 WHERE manager_id IS NOT NULL
 ORDER BY sales DESC NULLS LAST, manager_id
