"""What the demo prints, in words that a head of sales understands."""

from __future__ import annotations

from typing import Any

from rich.table import Table

STAGES = {
    "unsorted": "Неразобранные / Unsorted",
    "first_contact": "Первичный контакт / First contact",
    "offer_sent": "КП отправлено / Offer sent",
    "negotiation": "Переговоры / Negotiation",
    "deciding": "Принимают решение / Deciding",
    "awaiting_payment": "Ждём оплату / Awaiting payment",
    "won": "Успешно реализовано / Won",
    "lost": "Закрыто и не реализовано / Lost",
    "nurture": "Прогрев / Nurture",
}
STEPS = {
    "requests": "Запросы / Requests",
    "leads": "Лиды / Leads",
    "qualified": "Квалифицированы / Qualified",
    "deals": "Сделки / Deals",
}


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    return table


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} %"


def funnel(report: dict[str, Any]) -> Table:
    """From requests to won deals."""
    table = _table("Воронка / Funnel", "step", "entered", "there now", "went on", "of leads", "won", "lost")
    for step in report["rows"]:
        title = STAGES.get(step["stage"], step["stage"]) if step["step"] == "stage" else STEPS[step["step"]]
        table.add_row(
            title if step["step"] != "stage" else f"  {title}",
            str(step["entered"]),
            "" if step["now_there"] is None else str(step["now_there"]),
            _percent(step["to_next_percent"]),
            _percent(step["of_leads_percent"]),
            "" if step["won"] is None else str(step["won"]),
            "" if step["lost"] is None else str(step["lost"]),
        )
    return table


def channels(report: dict[str, Any]) -> Table:
    """What each channel brought."""
    table = _table(
        "Каналы / Channels", "channel", "leads", "repeats", "qualified", "deals", "won", "lost", "revenue", "conversion"
    )
    for row in report["rows"]:
        revenue = ", ".join(f"{float(amount):,.0f} {currency}" for currency, amount in row["revenue"].items())
        numbers = (row[name] for name in ("leads", "repeats", "qualified", "deals", "won", "lost"))
        table.add_row(row["channel"], *map(str, numbers), revenue, _percent(row["conversion_percent"]))
    return table


def quarantine(items: list[dict[str, Any]]) -> Table:
    """Requests that nobody could use, none of them thrown away."""
    table = _table("Карантин / Quarantined requests", "channel", "source", "reason")
    table.columns[1].justify = table.columns[2].justify = "left"
    for item in items:
        table.add_row(item["channel"], item["source"], item["reason"])
    return table


def balance(captured: int, leads: int, repeats: int, duplicates: int, quarantined: int, ignored: int) -> Table:
    """Every request is accounted for: what leads stored against what analytics and the quarantine hold."""
    table = _table("Сверка / Reconciliation", "requests", "number")
    table.add_row("captured (stored by leads)", str(captured))
    table.add_row("= leads in the channel report", str(leads))
    table.add_row("+ repeats in the channel report", str(repeats))
    table.add_row("+ the same request sent again", str(duplicates))
    table.add_row("+ quarantined", str(quarantined))
    if ignored:
        table.add_row("+ nothing to capture (test calls, statuses)", str(ignored))
    total = leads + repeats + duplicates + quarantined + ignored
    table.add_row("difference", str(captured - total), style="green" if captured == total else "bold red")
    return table
