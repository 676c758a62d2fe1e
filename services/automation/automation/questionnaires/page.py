"""The page on which a customer answers: loads nothing, needs no script."""

from __future__ import annotations

from html import escape
from typing import Final

from automation.parts import Language
from automation.questionnaires.questionnaire import LONGEST_TEXT, SCALES, Choice, Definition, Question, Scale

POLICY: Final = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
WORDS: Final = {
    "ru": {
        "send": "Отправить",
        "thanks": "Спасибо, ваши ответы записаны.",
        "wrong": "Ссылка не работает. Откройте её в точности так, как она пришла.",
        "expired": "Время для ответа вышло.",
        "missing": "Ответьте, пожалуйста, на отмеченный вопрос.",
    },
    "en": {
        "send": "Send",
        "thanks": "Thank you, your answers are kept.",
        "wrong": "This link does not work. Open it exactly as it was sent.",
        "expired": "The time to answer is over.",
        "missing": "Please answer the question that is marked.",
    },
}


def form(definition: Definition, language: Language, wrong: str | None = None) -> str:
    """The questions; ``wrong`` is the one whose answer was missing or wrong."""
    fields = "".join(_field(question, language, question.id == wrong) for question in definition.questions)
    told = f"<p role=alert>{escape(WORDS[language]['missing'])}</p>" if wrong else ""
    button = f"<p><button>{escape(WORDS[language]['send'])}</button></p>"
    return page(definition.title.in_(language), f'{told}<form method="post">{fields}{button}</form>', language)


def message(text: str, language: Language) -> str:
    """A page with a sentence."""
    return page(WORDS[language][text], "", language)


def page(title: str, content: str, language: Language) -> str:
    """A page; ``content`` is HTML."""
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    body = f"<main><h1>{escape(title)}</h1>{content}</main>"
    return f'<!doctype html><html lang="{language}"><head>{head}</head><body>{body}</body></html>'


def _field(question: Question, language: Language, is_wrong: bool) -> str:
    mark = " ⚠" if is_wrong else ""
    legend = f"<legend>{escape(question.title.in_(language))}{mark}</legend>"
    if isinstance(question, Scale):
        least, most = SCALES[question.ask]
        options = [(str(number), str(number)) for number in range(least, most + 1)]
    elif isinstance(question, Choice):
        options = [(option.id, option.title.in_(language)) for option in question.options]
    else:
        area = f'<textarea name="{question.id}" rows="4" cols="40" maxlength="{LONGEST_TEXT}"></textarea>'
        return f"<fieldset>{legend}{area}</fieldset>"
    required = " required" if question.required else ""
    buttons = "".join(
        f'<label><input type="radio" name="{question.id}" value="{value}"{required}>{escape(title)}</label> '
        for value, title in options
    )
    return f"<fieldset>{legend}{buttons}</fieldset>"
