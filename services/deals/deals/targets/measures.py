"""What targets are set in: measures as the reports count them, each money or a number of something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Unit = Literal["money", "deals", "customers", "leads", "contacts", "calls", "meetings", "quotes", "percent"]


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure by its code."""

    code: str
    unit: Unit
    title_ru: str
    title_en: str


MEASURES: Final = {
    measure.code: measure
    for measure in (
        Measure("revenue_won", "money", "Сумма выигранных сделок", "Value of deals won"),
        Measure("payments_received", "money", "Получено платежей", "Payments received"),
        Measure("average_deal", "money", "Средняя сумма сделки", "Average value of a deal won"),
        Measure("deals_opened", "deals", "Открыто сделок", "Deals opened"),
        Measure("deals_won", "deals", "Выиграно сделок", "Deals won"),
        Measure("new_customers", "customers", "Новые клиенты", "New customers"),
        Measure("repeat_sales", "deals", "Повторные продажи", "Repeat sales"),
        Measure("leads", "leads", "Обращения", "Leads"),
        Measure("qualified_leads", "leads", "Квалифицированные обращения", "Qualified leads"),
        Measure("contacts", "contacts", "Контакты", "Contacts"),
        Measure("calls", "calls", "Звонки", "Calls"),
        Measure("meetings", "meetings", "Встречи", "Meetings"),
        Measure("quotes_sent", "quotes", "Отправлено КП", "Quotes sent"),
        Measure("conversion", "percent", "Конверсия из обращения в сделку", "Conversion from lead to deal won"),
    )
}
