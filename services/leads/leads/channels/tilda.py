"""Forms of sites on Tilda: webhook, urlencoded, the form's own field names plus `tranid` and `formid`.

Secrets: Tilda signs nothing. Give it the address with `?key=<secret>`; the name of the API-key field that its
settings offer is not confirmed by its documentation, so it is not used here. Set-up: one post `test=test` that wants
200. It waits 5 seconds, tries twice more at one-minute steps, then drops the form (help.tilda.cc, "Webhook: receiving
data from forms on your script").

Idempotency key: `tranid`. UTM: hidden fields, then the page in the `Referer` header, then the cookie `TILDAUTM` in
`COOKIES`. Tilda sends no time of its own, so `occurred_at` is the time of receipt.
"""

from events.webhooks import RawRequest, Reply, Source

from leads.channels.base import Channel, Inquiry
from leads.channels.body import form
from leads.channels.form import read_form
from leads.channels.proof import require_shared_secret
from leads.channels.values import identifier, rest, text


class Tilda(Channel):
    name = "tilda"

    def verify(self, request: RawRequest, source: Source) -> None:
        require_shared_secret(request, source)

    def handshake(self, request: RawRequest, source: Source) -> Reply | None:
        return Reply() if request.body == b"test=test" else None

    def parse(self, request: RawRequest, source: Source) -> list[Inquiry]:
        fields = form(request)
        cookies = fields.get("COOKIES")
        return [
            read_form(
                # Cookies are not the form's: they hold session keys of the site, and only the UTM marks in them matter.
                rest(fields, "tranid", "COOKIES"),
                request,
                source,
                provider_id=identifier(fields.get("tranid"), "tranid"),
                cookies=text(cookies, "COOKIES"),
            )
        ]
