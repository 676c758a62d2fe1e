-- reads: staff, contacts, tasks, deals, stage_visits, receipts, leads, answered
WITH contacts_of AS (
  SELECT manager_id,
         count(*) FILTER (WHERE kind = 'call' AND is_mine) AS calls,
         count(*) FILTER (WHERE kind = 'call' AND is_mine AND call_result = 'answered') AS answered_calls,
         round(coalesce(sum(talk_seconds) FILTER (WHERE kind = 'call' AND is_mine), 0) / 60.0, 1) AS talk_minutes,
         count(*) FILTER (WHERE kind = 'email' AND is_mine AND flow = 'out') AS letters,
         count(*) FILTER (WHERE kind = 'message' AND is_mine AND flow = 'out') AS messages,
         count(*) FILTER (WHERE kind = 'meeting' AND is_planned) AS meetings_planned,
         count(*) FILTER (WHERE kind = 'meeting' AND is_mine) AS meetings_held,
         count(*) FILTER (WHERE is_mine) AS contacts,
         count(*) FILTER (WHERE is_planned AND is_open AND planned_at < :moment) AS overdue_contacts,
         max(took_place_at) FILTER (WHERE is_mine) AS last_at
    FROM (SELECT *, coalesce(took_place_at >= :start AND took_place_at < :end, false) AS is_mine,
                 coalesce(planned_at >= :start AND planned_at < :end, false) AS is_planned,
                 took_place_at IS NULL AND concluded_at IS NULL AND cancelled_at IS NULL AS is_open
            FROM contacts) c
   WHERE manager_id IS NOT NULL
   GROUP BY 1
), tasks_of AS (
  SELECT manager_id,
         count(*) FILTER (WHERE completed_at >= :start AND completed_at < :end) AS tasks_done,
         count(*) FILTER (WHERE completed_at >= :start AND completed_at < :end AND completed_at > due_at) AS tasks_late,
         count(*) FILTER (WHERE completed_at IS NULL) AS open_tasks,
         count(*) FILTER (WHERE completed_at IS NULL AND due_at < :moment) AS overdue_tasks,
         max(completed_at) AS last_at
    FROM tasks WHERE manager_id IS NOT NULL GROUP BY 1
), leads_of AS (
  SELECT manager_id, count(*) FILTER (WHERE captured_at >= :start AND captured_at < :end) AS leads,
         count(*) FILTER (WHERE status IS NULL OR status = 'open') AS open_leads
    FROM leads WHERE manager_id IS NOT NULL GROUP BY 1
), reactions AS (
  SELECT manager_id, :median(extract(epoch FROM answered_at - captured_at) / 60, 1) AS reaction_minutes,
         count(*) FILTER (WHERE answered_at IS NULL) AS unanswered_leads
    FROM leads LEFT JOIN answered USING (lead_id)
   WHERE captured_at >= :start AND captured_at < :end AND manager_id IS NOT NULL
   GROUP BY 1
), deals_of AS (
  SELECT manager_id, count(*) FILTER (WHERE is_mine AND stage_kind = 'won') AS sales,
         count(*) FILTER (WHERE is_mine AND stage_kind = 'lost') AS lost,
         count(*) FILTER (WHERE stage_kind = 'open') AS open_deals
    FROM (SELECT *, stage_at >= :start AND stage_at < :end AS is_mine FROM deals) d
   WHERE manager_id IS NOT NULL
   GROUP BY 1
), moves_of AS (
  SELECT d.manager_id, max(v.entered_at) AS last_at FROM deals d JOIN stage_visits v USING (deal_id) GROUP BY 1
), sold AS (
  SELECT manager_id, :money(amount) AS sold
    FROM (SELECT manager_id, currency, sum(amount) AS amount FROM deals
           WHERE stage_kind = 'won' AND stage_at >= :start AND stage_at < :end GROUP BY 1, 2) sums
   GROUP BY 1
), revenue AS (
  SELECT manager_id, :money(amount) AS revenue
    FROM (SELECT d.manager_id, r.currency, sum(r.amount) AS amount FROM receipts r JOIN deals d USING (deal_id)
           WHERE r.at >= :start AND r.at < :end GROUP BY 1, 2) sums
   GROUP BY 1
), last_of AS (
  SELECT manager_id, max(last_at) AS last_active_at
    FROM (SELECT manager_id, last_at FROM contacts_of UNION ALL SELECT manager_id, last_at FROM tasks_of
          UNION ALL SELECT manager_id, last_at FROM moves_of) active
   GROUP BY 1
), named AS (
  SELECT manager_id FROM contacts_of UNION SELECT manager_id FROM tasks_of UNION SELECT manager_id FROM leads_of
  UNION SELECT manager_id FROM deals_of
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
       round(1.0 * contacts / nullif(sales, 0), 1) AS contacts_per_sale,
       coalesce(sold, '{}') AS sold, coalesce(revenue, '{}') AS revenue, last_active_at,
       coalesce(m.is_active, true)
         AND coalesce(last_active_at < :moment - make_interval(days => :idle_days::int), true) AS is_idle
  FROM named
  LEFT JOIN staff m USING (manager_id) LEFT JOIN contacts_of USING (manager_id) LEFT JOIN tasks_of USING (manager_id)
  LEFT JOIN leads_of USING (manager_id) LEFT JOIN reactions USING (manager_id) LEFT JOIN deals_of USING (manager_id)
  LEFT JOIN sold USING (manager_id) LEFT JOIN revenue USING (manager_id) LEFT JOIN last_of USING (manager_id)
 WHERE manager_id IS NOT NULL
 ORDER BY sales DESC NULLS LAST, manager_id
