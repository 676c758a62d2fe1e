"""The payment providers: one module each, pure verification and parsing of their notifications.

To add a provider: write a module with a class that inherits ``Provider``, name it in ``PROVIDERS``, add golden
notifications to its tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from deals.payments.providers.base import Provider
from deals.payments.providers.cloudpayments import CloudPayments
from deals.payments.providers.stripe import Stripe
from deals.payments.providers.tbank import TBank
from deals.payments.providers.yookassa import YooKassa

__all__ = ["PROVIDERS", "Provider"]

PROVIDERS: Final[Mapping[str, Provider]] = MappingProxyType(
    {provider.name: provider for provider in (CloudPayments(), TBank(), Stripe(), YooKassa())}
)
