"""Ways to reach a customer: one file for each medium. A new one is a file here and a name in ``MediumName``."""

from __future__ import annotations

from typing import Literal

MediumName = Literal["email", "sms", "telegram", "whatsapp"]
