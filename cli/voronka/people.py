"""People who never lived, made from a seed: the same seed gives the same people."""

from __future__ import annotations

import random

from voronka.samples import Person

_MEN = ("Иван", "Пётр", "Сергей", "Алексей", "Дмитрий", "Михаил", "Андрей", "Павел", "Юрий", "Олег")
_WOMEN = ("Анна", "Мария", "Ольга", "Елена", "Наталья", "Ирина", "Юлия", "Вера", "Дарья", "Полина")
_FAMILIES = ("Смирнов", "Иванов", "Кузнецов", "Попов", "Соколов", "Лебедев", "Козлов", "Новиков", "Морозов", "Волков")
_WISHES = (
    "Здравствуйте! Сколько стоит внедрение?",
    "Нужен расчёт на десять рабочих мест.",
    "Позвоните, пожалуйста, после обеда.",
    "Подойдёт ли вам наш объём?",
)


def people(count: int, seed: int, first: int = 0) -> list[Person]:
    """So many people of a seed, from number ``first`` on; each has a phone and an e-mail of his own."""
    luck = random.Random(f"{seed}-{first}")
    result = []
    for number in range(count):
        unique = seed * 1_000 + first + number
        woman = luck.random() < 0.5
        name = f"{luck.choice(_WOMEN if woman else _MEN)} {luck.choice(_FAMILIES)}{'а' if woman else ''}"
        digits = f"900{unique % 10_000_000:07d}"
        phone = luck.choice(("8 ({0}) {1}-{2}-{3}", "+7 {0} {1} {2} {3}", "7{0}{1}{2}{3}", "8-{0}-{1}-{2}-{3}"))
        result.append(
            Person(
                name=name,
                phone=phone.format(digits[:3], digits[3:6], digits[6:8], digits[8:]),
                email=f"client{unique}@example.com",
                telegram_id=700_000_000 + unique,
                message=luck.choice(_WISHES),
            )
        )
    return result
