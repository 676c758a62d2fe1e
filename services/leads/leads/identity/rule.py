"""The one rule that merges by itself, where it is switched on: phone and e-mail agree, and nothing contradicts.

One request named the phone of one card and the e-mail of another; the first is known by no e-mail, the second by no
phone. A card that was merged so has both: an address that many people give (of a firm, of a widget) merges one pair,
never the next. Cards that were dismissed or split are left to people.
"""

from datetime import datetime

from events.contracts.leads.identity import CustomerMatchSuggested
from events.privacy import Keyring
from events.sqlfile import sql
from events.store import Append, Cause, Connection

from leads.identity.cards import SQL
from leads.identity.matches import Matches
from leads.identity.merging import Merging, merge

EXPLANATION = "One request named the phone of one card and the e-mail of the other, and nothing contradicts."


async def merge_by_rule(
    connection: Connection, keyring: Keyring, event: CustomerMatchSuggested, cause: Cause, at: datetime
) -> list[Append]:
    """Merges the cards of a suggestion that the rule holds for; returns what is to be appended.

    Raises ``Rejected`` and ``Conflict`` as ``merge`` does.
    """
    if event.reason != "one_request" or set(event.kinds) != {"phone", "email"}:
        return []
    cards = event.customer_id, event.other_customer_id
    matches = await Matches.of(connection, cards)
    one, other = (matches.tree(card) for card in cards)
    if one == other or any(entry.match.status == "dismissed" for entry in matches.between(one, other)):
        return []
    known: dict[bool, set[str]] = {True: set(), False: set()}
    for row in await connection.fetch(sql("contact_kinds", SQL), [*one, *other]):
        known[row["customer_id"] in one].add(row["kind"])
    if sorted(sorted(kinds & {"phone", "email"}) for kinds in known.values()) != [["email"], ["phone"]]:
        return []
    into, goes = cards
    merging = Merging(cause, at, "rule", (event.reason,), EXPLANATION)
    return await merge(connection, keyring, into, [goes], merging)
