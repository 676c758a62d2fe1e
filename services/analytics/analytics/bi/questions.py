"""What a business asks of ``bi`` day by day: the questions that the ready dashboards answer.

``$from`` and ``$to`` are the bounds of the period that the reader chose, ``$currency`` his currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Shape = Literal["timeseries", "barchart", "table", "stat"]


@dataclass(frozen=True)
class Question:
    """A panel: its titles, how it is drawn, and the statement; of a time series the first column is the time."""

    ru: str
    en: str
    shape: Shape
    sql: str

    @property
    def title(self) -> str:
        """In both languages."""
        return f"{self.ru} / {self.en}"


@dataclass(frozen=True)
class Dashboard:
    """Questions that belong together."""

    code: str
    ru: str
    en: str
    questions: tuple[Question, ...]


SALES = Dashboard(
    "sales",
    "Продажи",
    "Sales",
    (
        Question(
            "Лиды по неделям и каналам",
            "Leads by week and channel",
            "timeseries",
            "SELECT date_trunc('week', captured_at) AS time, channel AS metric, count(*) AS leads FROM bi.fct_leads"
            " WHERE NOT is_test AND captured_at BETWEEN $from AND $to GROUP BY 1, 2 ORDER BY 1",
        ),
        Question(
            "Поступления по неделям",
            "Payments by week",
            "timeseries",
            "SELECT date_trunc('week', received_at) AS time, sum(amount - refunded_amount) AS received"
            " FROM bi.fct_payments WHERE NOT is_test AND currency_code = $currency"
            " AND received_at BETWEEN $from AND $to GROUP BY 1 ORDER BY 1",
        ),
        Question(
            "Воронка: сделки, вошедшие в этап",
            "Funnel: deals that entered a stage",
            "barchart",
            "SELECT s.stage, count(DISTINCT c.deal_id) AS deals FROM bi.fct_deal_stage_changes c"
            " JOIN bi.dim_pipeline_stage s USING (pipeline, stage) WHERE c.entered_at BETWEEN $from AND $to"
            " GROUP BY s.pipeline, s.position, s.stage ORDER BY s.pipeline, s.position",
        ),
        Question(
            "Каналы: лиды, сделки, выигрыши, деньги",
            "Channels: leads, deals, won deals, money",
            "table",
            "SELECT l.channel, count(DISTINCT l.lead_id) AS leads, count(DISTINCT d.deal_id) AS deals,"
            " count(DISTINCT d.deal_id) FILTER (WHERE d.is_won) AS won,"
            " sum(p.received) AS received FROM bi.fct_leads l LEFT JOIN bi.fct_deals d USING (lead_id)"
            " LEFT JOIN (SELECT deal_id, sum(amount - refunded_amount) AS received FROM bi.fct_payments"
            " WHERE NOT is_test AND currency_code = $currency GROUP BY 1) p ON p.deal_id = d.deal_id"
            " WHERE NOT l.is_test AND l.captured_at BETWEEN $from AND $to GROUP BY 1 ORDER BY leads DESC",
        ),
        Question(
            "Расходы на рекламу и лиды",
            "Advertising spend and leads",
            "table",
            "SELECT channel, s.spent, l.leads, round(s.spent / nullif(l.leads, 0), 2) AS per_lead FROM"
            " (SELECT channel, sum(amount) AS spent FROM bi.fct_ad_spend WHERE currency_code = $currency"
            " AND spend_date BETWEEN $from::timestamptz::date AND $to::timestamptz::date GROUP BY 1) s"
            " FULL JOIN (SELECT channel, count(*) AS leads FROM bi.fct_leads WHERE NOT is_test"
            " AND captured_at BETWEEN $from AND $to GROUP BY 1) l USING (channel) ORDER BY s.spent DESC NULLS LAST",
        ),
        Question(
            "Причины проигрыша",
            "Why deals are lost",
            "barchart",
            "SELECT coalesce(r.title_ru, d.lost_reason) AS reason, count(*) AS deals FROM bi.fct_deals d"
            " LEFT JOIN bi.dim_loss_reason r USING (pipeline, lost_reason)"
            " WHERE d.is_lost AND d.closed_at BETWEEN $from AND $to GROUP BY 1 ORDER BY deals DESC",
        ),
        Question(
            "Взвешенная воронка",
            "Weighted pipeline",
            "table",
            "SELECT d.pipeline, d.stage, count(*) AS deals, sum(d.amount) AS amount,"
            " round(sum(d.amount * s.probability_percent) / 100, 2) AS weighted FROM bi.fct_deals d"
            " JOIN bi.dim_pipeline_stage s USING (pipeline, stage)"
            " WHERE d.stage_kind = 'open' AND d.currency_code = $currency"
            " GROUP BY d.pipeline, s.position, d.stage ORDER BY d.pipeline, s.position",
        ),
    ),
)
PEOPLE = Dashboard(
    "people",
    "Сотрудники",
    "Staff",
    (
        Question(
            "Контакты по дням",
            "Contacts by day",
            "timeseries",
            "SELECT date_trunc('day', took_place_at) AS time, kind AS metric, count(*) AS contacts"
            " FROM bi.fct_interactions WHERE took_place_at BETWEEN $from AND $to GROUP BY 1, 2 ORDER BY 1",
        ),
        Question(
            "Контакты по сотрудникам",
            "Contacts by member of staff",
            "table",
            "SELECT manager_id, count(*) FILTER (WHERE kind = 'call') AS calls,"
            " round(sum(talk_seconds) / 60.0, 1) AS talk_minutes, count(*) FILTER (WHERE kind = 'email') AS letters,"
            " count(*) FILTER (WHERE kind = 'meeting') AS meetings, count(*) FILTER (WHERE is_missed) AS missed"
            " FROM bi.fct_interactions WHERE took_place_at BETWEEN $from AND $to GROUP BY 1 ORDER BY calls DESC",
        ),
        Question(
            "Минут до взятия лида в работу",
            "Minutes until a lead is taken",
            "table",
            "SELECT manager_id, count(*) AS leads,"
            " round(percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes_to_take)::numeric, 1) AS median_minutes"
            " FROM bi.fct_leads WHERE NOT is_test AND captured_at BETWEEN $from AND $to GROUP BY 1 ORDER BY 3",
        ),
        Question(
            "Задачи: сделано и просрочено",
            "Tasks: done and overdue",
            "barchart",
            "SELECT coalesce(manager_id, '-') AS manager, count(*) FILTER (WHERE completed_at IS NOT NULL) AS done,"
            " count(*) FILTER (WHERE completed_at IS NULL AND due_at < now()) AS late"
            " FROM bi.fct_tasks WHERE created_at BETWEEN $from AND $to GROUP BY 1 ORDER BY 1",
        ),
        Question(
            "Выигранные сделки",
            "Deals won",
            "table",
            "SELECT manager_id, count(*) AS won, sum(amount) AS amount, sum(margin_amount) AS margin,"
            " count(margin_amount) AS deals_with_known_cost FROM bi.fct_deals WHERE is_won"
            " AND currency_code = $currency AND closed_at BETWEEN $from AND $to GROUP BY 1 ORDER BY amount DESC",
        ),
        Question(
            "Сделки стоят дольше ожидаемого",
            "Deals that stay longer than expected",
            "table",
            "SELECT d.pipeline, d.stage, count(*) AS deals, s.expected_days FROM bi.fct_deals d"
            " JOIN bi.dim_pipeline_stage s USING (pipeline, stage) WHERE d.stage_kind = 'open'"
            " AND d.stage_entered_at < now() - s.expected_days * interval '1 day'"
            " GROUP BY 1, 2, 4 ORDER BY deals DESC",
        ),
    ),
)
HEALTH = Dashboard(
    "facts",
    "Свежесть и сверка данных",
    "Freshness and reconciliation of the facts",
    (
        Question(
            "Свежесть",
            "Freshness",
            "table",
            "SELECT source, applied_events, waiting_events, complete_until FROM bi.freshness ORDER BY 1",
        ),
        Question(
            "Сверка",
            "Reconciliation",
            "table",
            "SELECT meaning_ru, expected_count, found_count, is_right FROM bi.reconciliation"
            " ORDER BY is_right, check_code",
        ),
        Question(
            "Чисел, которые не сходятся",
            "Numbers that do not agree",
            "stat",
            "SELECT count(*) AS wrong FROM bi.reconciliation WHERE NOT is_right",
        ),
    ),
)
DASHBOARDS = (SALES, PEOPLE, HEALTH)
