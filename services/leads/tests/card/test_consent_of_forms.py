"""A consent that a form's fields tell of stands on the card with the request it came by."""

from typing import Any

from leads_system import Running

Run = Any


async def filled(leads: Running, **fields: str) -> dict[str, Any]:
    form = {"key": "form-key", "name": "Анна", "phone": "8 912 345-67-89", **fields}
    answer = await leads.client.post("/in/web_form/site", json=form)
    assert answer.status_code == 202, answer.text
    await leads.settled()
    found = (await leads.call("GET", "/customers", params={"phone": "+79123456789"})).json()
    return (await leads.call("GET", f"/customers/{found[0]['customer_id']}")).json()  # type: ignore[no-any-return]


async def test_a_ticked_box_of_a_form_is_a_consent_with_the_version_of_its_text(run: Run) -> None:
    async with run() as leads:
        card = await filled(leads, consent="personal_data, marketing:email", consent_version="2026-03", request_id="1")
        assert [(c["purpose"], c["channel"], c["given"], c["text_version"]) for c in card["consents"]] == [
            ("marketing", "email", True, "2026-03"),
            ("personal_data", None, True, "2026-03"),
        ]
        assert {c["source"] for c in card["consents"]} == {"web_form/site"}
        assert card["consents"][0]["evidence"].startswith("request ")
        await filled(leads, consent="personal_data, marketing:email", consent_version="2026-03", request_id="1")
        given = await leads.pool.fetchval("SELECT count(*) FROM events WHERE type = 'customer.consent-given.v1'")
        assert given == 2, "the same request twice is one consent"
        version, last = await leads.pool.fetchrow(
            "SELECT c.version, max(e.version) FROM customers c JOIN events e ON e.stream_id = c.id GROUP BY 1"
        )
        assert version == last


async def test_a_form_without_a_version_of_the_text_gives_no_consent_and_keeps_what_it_said(run: Run) -> None:
    async with run() as leads:
        card = await filled(leads, consent="on")
        assert card["consents"] == []
        card = (await leads.call("GET", f"/customers/{card['customer_id']}")).json()
        assert card["touches"][0]["details"]["consent"] == "on"
