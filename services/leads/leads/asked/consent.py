"""What messages teach about consent: who unsubscribes, complains of spam or cannot be reached has taken it back.

Automation tells it of a message; the card says it from then on with its source and its evidence. Who does not exist at
an address has not said no: a letter that came back for that reason (RFC 3463, section 3.2: the status 5.1) ends letters
that need consent, and leaves those of service.
"""

import re
from typing import Final

from events.contracts.automation import MessageBounced, MessageUnsubscribed
from events.decider import Rejected
from events.envelope import Recorded

from leads.card.commands import Prepare
from leads.card.edits import withdrawing_consent

Told = MessageUnsubscribed | MessageBounced
SERVICE: Final = "service"
_NO_SUCH_ADDRESS: Final = re.compile(r"5\.1\.\d+")


def takes_back(event: object) -> bool:
    """Does it end the consent to what the message was for?"""
    match event:
        case MessageUnsubscribed():
            return True
        case MessageBounced(code=str() as code, purpose=str() as purpose):
            return purpose != SERVICE and _NO_SUCH_ADDRESS.match(code) is not None
    return False


def taking_back(entry: Recorded, event: Told) -> Prepare:
    """The command. Raises ``Rejected`` where the message had no purpose."""
    if event.purpose is None:
        raise Rejected("no_purpose", "The message does not say what it was for.")
    how = f"unsubscribed by {event.how}" if isinstance(event, MessageUnsubscribed) else f"came back with {event.code}"
    source = f"message_{event.how}" if isinstance(event, MessageUnsubscribed) else "message_bounced"
    evidence = f"message {event.message_id}: {how}, event {entry.id}"
    return withdrawing_consent(event.purpose, event.medium, source, entry.occurred_at, evidence)
