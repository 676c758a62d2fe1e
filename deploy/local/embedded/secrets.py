"""The secrets of a whole installation on one machine, and the settings that are made of them."""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from events.api_keys import new_key


@dataclass(frozen=True)
class Secrets:
    """Made once, kept in ``secrets.json`` (mode 0600) beside the data."""

    admin_key: str = field(default_factory=lambda: new_key("demo"))
    service_key: str = field(default_factory=lambda: new_key("services"))
    integration_key: str = field(default_factory=lambda: new_key("channels"))
    master_key: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(32)).decode())
    index_key: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(32)).decode())
    database_password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    channel_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    payment_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    link_key: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(32)).decode())
    webhook_key: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(32)).decode())

    @classmethod
    def of(cls, home: Path) -> Self:
        """Those of this folder; what is missing there, because the folder is new or older than a secret, is made."""
        path = home / "secrets.json"
        kept = json.loads(path.read_text()) if path.exists() else {}
        whole = cls(**kept)
        if asdict(whole) != kept:
            fresh = path.with_suffix(".new")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump(asdict(whole), file)
            fresh.replace(path)
        return whole

    def api_keys(self) -> list[dict[str, Any]]:
        """Keys by which the services know each other and whoever brings leads."""
        return [
            {"key": self.service_key, "name": "services", "roles": ["service"]},
            {"key": self.integration_key, "name": "channels", "roles": ["integration"]},
        ]

    def lead_sources(self) -> list[dict[str, Any]]:
        """The demo's sources of inquiries."""
        secret = self.channel_secret
        plain = ("web_form", "tilda", "telegram", "google_ads", "mailgun")
        sources: list[dict[str, Any]] = [{"channel": name, "name": "demo", "secrets": [secret]} for name in plain]
        return [*sources, {"channel": "mango", "name": "demo", "secrets": [secret], "options": {"api_key": "demo"}}]

    def payment_sources(self) -> list[dict[str, Any]]:
        """The demo's accounts at payment providers."""
        return [
            {"channel": name, "name": "demo", "secrets": [self.payment_secret]}
            for name in ("cloudpayments", "tbank", "stripe")
        ]
