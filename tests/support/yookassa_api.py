"""YooKassa as deals asks it: ``GET /v3/payments/{id}`` with HTTP Basic, over real HTTP."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from werkzeug import Request, Response

SHOP_ID = "100500"


@dataclass
class YooKassa:
    """A shop and its payments. While ``down`` it answers 500."""

    secret: str
    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    down: bool = False
    asked: int = 0

    def pays(self, payment_id: str, amount: str, reference: str, **more: Any) -> None:
        """A customer paid."""
        at = datetime.now(UTC).isoformat()
        self.payments[payment_id] = {
            "id": payment_id,
            "status": "succeeded",
            "paid": True,
            "amount": {"value": amount, "currency": "RUB"},
            "created_at": at,
            "captured_at": at,
            "description": reference,
            "metadata": {},
            "refunded_amount": {"value": "0.00", "currency": "RUB"},
            "test": False,
            **more,
        }

    def refunds(self, payment_id: str, in_all: str) -> None:
        """So much of the payment went back so far."""
        self.payments[payment_id]["refunded_amount"]["value"] = in_all

    def answer(self, request: Request) -> Response:
        """What the real one answers."""
        self.asked += 1
        if self.down:
            return Response(status=500)
        proof = base64.b64encode(f"{SHOP_ID}:{self.secret}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {proof}":
            return Response(orjson.dumps({"type": "error", "code": "invalid_credentials"}), status=401)
        found = self.payments.get(request.path.rpartition("/")[2])
        if found is None:
            return Response(orjson.dumps({"type": "error", "code": "not_found"}), status=404)
        return Response(orjson.dumps(found), content_type="application/json")
