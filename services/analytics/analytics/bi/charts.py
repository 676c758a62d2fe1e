"""Numbers that datasets know by name, and the charts made of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """A number that a dataset knows by name: its SQL over the view."""

    name: str
    title: str
    sql: str


@dataclass(frozen=True)
class Chart:
    """A chart of one dataset; ``time`` is its time axis or the column that the period cuts."""

    name: str
    title: str
    view: str
    shape: str
    metrics: tuple[str, ...]
    groups: tuple[str, ...]
    time: str
    where: str | None = None


METRICS = {
    "fct_leads": (
        Metric("leads", "Лиды / Leads", "count(*)"),
        Metric(
            "qualified_percent", "Квалифицировано, % / Qualified, %", "round(100.0 * count(qualified_at) / count(*), 1)"
        ),
        Metric(
            "median_minutes_to_take",
            "Минут до взятия, медиана / Minutes to take, median",
            "percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes_to_take)",
        ),
    ),
    "fct_deals": (
        Metric("deals", "Сделки / Deals", "count(*)"),
        Metric("won", "Выиграно / Won", "count(*) FILTER (WHERE is_won)"),
        Metric("won_amount", "Сумма выигранных / Value of won", "sum(amount) FILTER (WHERE is_won)"),
        Metric(
            "won_margin",
            "Маржа выигранных, где себестоимость известна / Margin of won, where the cost is known",
            "sum(margin_amount) FILTER (WHERE is_won)",
        ),
        Metric("days_to_close", "Дней до закрытия / Days to close", "round(avg(days_to_close), 1)"),
    ),
    "fct_payments": (Metric("received", "Получено за вычетом возвратов / Received", "sum(amount - refunded_amount)"),),
    "fct_interactions": (
        Metric("contacts", "Контакты / Contacts", "count(*)"),
        Metric("talk_minutes", "Минут разговора / Minutes talked", "round(sum(talk_seconds) / 60.0, 1)"),
    ),
    "fct_tasks": (
        Metric("tasks", "Задачи / Tasks", "count(*)"),
        Metric(
            "late", "Просрочено сейчас / Late now", "count(*) FILTER (WHERE completed_at IS NULL AND due_at < now())"
        ),
    ),
    "fct_ad_spend": (Metric("spent", "Потрачено / Spent", "sum(amount)"),),
}
COUNT = Metric("count", "Строки / Rows", "count(*)")

BARS, TABLE, PIE = "echarts_timeseries_bar", "table", "pie"
CHARTS = (
    Chart(
        "leads",
        "Лиды по неделям / Leads by week",
        "fct_leads",
        BARS,
        ("leads",),
        ("channel",),
        "captured_at",
        "NOT is_test",
    ),
    Chart(
        "payments",
        "Поступления по неделям / Payments by week",
        "fct_payments",
        BARS,
        ("received",),
        ("currency_code",),
        "received_at",
        "NOT is_test",
    ),
    Chart(
        "channels",
        "Каналы / Channels",
        "fct_leads",
        TABLE,
        ("leads", "qualified_percent", "median_minutes_to_take"),
        ("channel",),
        "captured_at",
        "NOT is_test",
    ),
    Chart(
        "deals",
        "Сделки по сотрудникам / Deals by member of staff",
        "fct_deals",
        TABLE,
        ("deals", "won", "won_amount", "won_margin", "days_to_close"),
        ("manager_id", "currency_code"),
        "opened_at",
    ),
    Chart(
        "losses",
        "Причины проигрыша / Why deals are lost",
        "fct_deals",
        PIE,
        ("deals",),
        ("lost_reason",),
        "opened_at",
        "is_lost",
    ),
    Chart("contacts", "Контакты / Contacts", "fct_interactions", BARS, ("contacts",), ("kind",), "took_place_at"),
    Chart(
        "talks",
        "Контакты по сотрудникам / Contacts by member of staff",
        "fct_interactions",
        TABLE,
        ("contacts", "talk_minutes"),
        ("manager_id", "kind"),
        "took_place_at",
    ),
    Chart(
        "spend",
        "Расходы на рекламу / Advertising spend",
        "fct_ad_spend",
        BARS,
        ("spent",),
        ("channel", "currency_code"),
        "spend_date",
    ),
)


def statement(chart: Chart) -> str:
    """What Superset asks for a chart, without the time grain and the period."""
    metrics = {metric.name: metric.sql for metric in METRICS[chart.view]}
    columns = [*chart.groups, *(f"{metrics[name]} AS {name}" for name in chart.metrics)]
    where = f" WHERE {chart.where}" if chart.where else ""
    return f"SELECT {', '.join(columns)} FROM bi.{chart.view}{where} GROUP BY {', '.join(chart.groups)}"  # noqa: S608 - from CHARTS
