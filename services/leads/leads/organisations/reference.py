"""Where requisites are looked up: a port, and DaData behind it.

``POST {url}/findById/party`` (https://dadata.ru/api/find-party/) and ``POST {url}/findById/bank``
(https://dadata.ru/api/find-bank/) with ``{"query": …}`` and ``Authorization: Token <key>``; both answer
``{"suggestions": [{"value": …, "data": {…}}]}``, empty where nothing is found. 401 and 403: the key, or its limit for
the day; 429: too many requests a second.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import httpx2
from events.outgoing import trust
from events.problems import Unavailable
from pydantic import SecretStr

TIMEOUT_SECONDS = 5.0
LARGEST_ANSWER = 1_000_000


@dataclass(frozen=True, slots=True)
class Company:
    """What the register says of an organisation or a sole proprietor. ``state`` is ACTIVE, LIQUIDATING, LIQUIDATED,
    BANKRUPT or REORGANIZING.
    """

    name: str
    full_name: str | None
    inn: str
    kpp: str | None
    ogrn: str | None
    address: str | None
    director: str | None
    state: str | None


@dataclass(frozen=True, slots=True)
class Bank:
    """What the register says of a bank."""

    name: str
    bik: str
    correspondent_account: str | None
    city: str | None
    state: str | None


class RequisitesReference(Protocol):
    """Looks requisites up. Both raise ``Unavailable`` while the provider does not answer."""

    async def companies(self, inn: str, kpp: str | None = None) -> list[Company]:
        """The organisations of an INN; of one with branches the head and its branches, or the one of the KPP."""
        ...

    async def bank(self, bik: str) -> Bank | None:
        """The bank of a BIK."""
        ...


class DaData:
    """The reference of DaData. ``url`` is fixed by the settings: nothing that a user says becomes part of an address,
    and redirects are not followed.
    """

    def __init__(self, url: str, key: SecretStr, *, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._client = httpx2.AsyncClient(
            base_url=url,
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
            verify=trust(),
            trust_env=False,
            transport=transport,
            headers={"authorization": f"Token {key.get_secret_value()}", "accept": "application/json"},
        )

    async def companies(self, inn: str, kpp: str | None = None) -> list[Company]:
        """As the port says."""
        wanted: dict[str, Any] = {"query": inn, "count": 20} | ({"kpp": kpp} if kpp else {})
        return [_company(found) for found in await self._find("party", wanted)]

    async def bank(self, bik: str) -> Bank | None:
        """As the port says."""
        found = await self._find("bank", {"query": bik})
        return _bank(found[0]) if found else None

    async def close(self) -> None:
        """Closes the connections to the provider."""
        await self._client.aclose()

    async def _find(self, what: str, wanted: dict[str, Any]) -> list[dict[str, Any]]:
        try:
            answer = await self._client.post(f"findById/{what}", json=wanted)
            answer.raise_for_status()
            if len(answer.content) > LARGEST_ANSWER:
                raise ValueError("the answer is too large")
            return [{"value": str(one["value"]), **dict(one["data"])} for one in answer.json()["suggestions"]]
        except httpx2.HTTPStatusError as error:
            status = error.response.status_code
            raise Unavailable(f"The reference of requisites answered {status}.", retry_after=60) from None
        except httpx2.HTTPError:
            raise Unavailable("The reference of requisites does not answer.") from None
        except (ValueError, KeyError, TypeError):
            raise Unavailable("The reference of requisites answered something else.", retry_after=60) from None


def _company(found: dict[str, Any]) -> Company:
    name, state = found.get("name") or {}, found.get("state") or {}
    return Company(
        name=name.get("short_with_opf") or found["value"],
        full_name=name.get("full_with_opf"),
        inn=str(found.get("inn") or ""),
        kpp=found.get("kpp"),
        ogrn=found.get("ogrn"),
        address=(found.get("address") or {}).get("unrestricted_value") or (found.get("address") or {}).get("value"),
        director=(found.get("management") or {}).get("name"),
        state=state.get("status"),
    )


def _bank(found: dict[str, Any]) -> Bank:
    name = found.get("name") or {}
    return Bank(
        name=name.get("payment") or found["value"],
        bik=str(found.get("bic") or ""),
        correspondent_account=found.get("correspondent_account"),
        city=found.get("payment_city"),
        state=(found.get("state") or {}).get("status"),
    )
