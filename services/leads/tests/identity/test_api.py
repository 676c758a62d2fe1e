"""Merging, splitting and matches by HTTP."""

from typing import Any
from uuid import UUID, uuid4

from leads_system import Running

Run = Any
PHONE, OTHER_PHONE, EMAIL = "+79123456789", "+79031112233", "anna@example.com"
PERIOD = {"since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}


async def captured(leads: Running, **fields: Any) -> dict[str, Any]:
    answer = await leads.call("POST", "/leads", json=fields, headers={"idempotency-key": str(uuid4())})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def two_cards(leads: Running, **both: Any) -> tuple[str, str]:
    """The cards of a phone and of an e-mail."""
    by_phone = await captured(leads, name="Анна Петрова", phones=[PHONE], text="By phone", **both)
    by_mail = await captured(leads, name="Anna", emails=[EMAIL], text="By mail", **both)
    return by_phone["customer_id"], by_mail["customer_id"]


async def card_of(leads: Running, customer_id: str, role: str = "admin") -> dict[str, Any]:
    answer = await leads.call("GET", f"/customers/{customer_id}", role=role)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def merged(leads: Running, into: str, *others: str, why: str | None = None, role: str = "admin") -> Any:
    body = {"customer_ids": list(others), "why": why}
    return await leads.call("POST", f"/customers/{into}/merge", role=role, json=body)


async def test_merged_cards_are_shown_as_one_with_who_when_and_why(run: Run) -> None:
    async with run() as leads:
        stays, goes = await two_cards(leads)
        answer = await merged(leads, stays, goes, why="She called and said so")
        assert answer.status_code == 200, answer.text
        card = answer.json()
        assert (card["customer_id"], card["name"]) == (stays, "Анна Петрова")
        assert (card["phones"], card["emails"]) == ([PHONE], [EMAIL])
        assert {lead["customer_id"] for lead in card["leads"]} == {stays}
        assert {touch["customer_id"]: touch["text"] for touch in card["touches"]} == {
            stays: "By phone",
            goes: "By mail",
        }
        (member,) = card["merged"]
        assert (member["customer_id"], member["into_customer_id"], member["actor"]) == (goes, stays, "key:admin")
        assert (member["reason"], member["why"]) == ("by_hand", "She called and said so")
        stored = await leads.pool.fetchval("SELECT data::text FROM events WHERE type = 'customer.merged.v1'")
        assert "She called" not in stored


async def test_old_ids_answer_with_the_new_card_everywhere(run: Run) -> None:
    async with run() as leads:
        stays, goes = await two_cards(leads)
        await merged(leads, stays, goes)
        assert (await card_of(leads, goes))["customer_id"] == stays
        for params in ({"email": EMAIL}, {"phone": PHONE}):
            (found,) = (await leads.call("GET", "/customers", params=params)).json()
            assert found["customer_id"] == stays
        listed = (await leads.call("GET", "/leads")).json()["leads"]
        assert {lead["customer_id"] for lead in listed} == {stays}
        for lead in listed:
            one = (await leads.call("GET", f"/leads/{lead['lead_id']}")).json()
            assert one["customer_id"] == stays
        again = await captured(leads, emails=[EMAIL])
        assert (again["outcome"], again["customer_id"]) == ("touched", stays)


async def test_merging_again_changes_nothing_and_a_member_stands_for_its_card(run: Run) -> None:
    async with run() as leads:
        stays, goes = await two_cards(leads)
        third = (await captured(leads, phones=[OTHER_PHONE]))["customer_id"]
        for others in ([goes], [goes], [goes, goes]):
            assert (await merged(leads, stays, *others)).status_code == 200
        assert (await merged(leads, third, goes)).json()["customer_id"] == third
        assert {m["customer_id"] for m in (await card_of(leads, stays))["merged"]} == {stays, goes}
        assert await leads.pool.fetchval("SELECT count(*) FROM events WHERE type = 'customer.merged.v1'") == 2


async def test_what_cannot_be_merged_or_split_is_refused_with_its_rule(run: Run) -> None:
    async with run() as leads:
        stays, goes = await two_cards(leads)
        itself = await merged(leads, stays, stays)
        assert (itself.status_code, itself.json()["hint"]) == (422, "rule: itself")
        assert (await merged(leads, stays, str(uuid4()))).status_code == 404
        split = f"/customers/{stays}/split"
        root = await leads.call("POST", split, json={"customer_id": stays})
        assert (root.status_code, root.json()["hint"]) == (409, "rule: not_merged")
        stranger = await leads.call("POST", split, json={"customer_id": goes})
        assert (stranger.status_code, stranger.json()["hint"]) == (409, "rule: not_a_member")
        stale = await leads.call(
            "POST", f"/customers/{stays}/merge", json={"customer_ids": [goes]}, headers={"if-match": '"7"'}
        )
        assert stale.status_code == 412


async def test_a_split_restores_both_cards(run: Run) -> None:
    async with run() as leads:
        stays, goes = await two_cards(leads)
        before = [await card_of(leads, card) for card in (stays, goes)]
        await merged(leads, stays, goes)
        answer = await leads.call("POST", f"/customers/{goes}/split", json={"customer_id": goes, "why": "Two people"})
        assert answer.status_code == 200, answer.text
        after = [answer.json()["customer"], answer.json()["split_off"]]
        assert after[0] == await card_of(leads, goes)
        assert answer.json()["opened_leads"] == []
        assert await card_of(leads, stays) == before[0]
        assert {**after[1], "version": 1} == before[1]
        again = await leads.call("POST", f"/customers/{stays}/split", json={"customer_id": goes})
        assert again.status_code == 409


async def test_who_wrote_while_the_cards_were_one_gets_a_lead_when_they_are_split(run: Run) -> None:
    async with run() as leads:
        stays, goes = await two_cards(leads)
        (lead,) = (await card_of(leads, goes))["leads"]
        await leads.call("POST", f"/leads/{lead['lead_id']}/disqualify", json={"reason": "spam"})
        await merged(leads, stays, goes)
        wrote = await captured(leads, emails=[EMAIL], text="Are you there?", direction="retail")
        assert wrote["outcome"] == "touched"
        answer = (await leads.call("POST", f"/customers/{stays}/split", json={"customer_id": goes})).json()
        (opened,) = answer["opened_leads"]
        new = next(lead for lead in answer["split_off"]["leads"] if lead["lead_id"] == opened)
        assert (new["status"], new["is_returning"], new["customer_id"]) == ("new", True, goes)
        assert [touch["text"] for touch in answer["split_off"]["touches"]] == ["Are you there?", "By mail"]
        assert answer["split_off"]["touches"][0]["lead_id"] == opened
        assert [touch["text"] for touch in answer["customer"]["touches"]] == ["By phone"]
        told = await leads.pool.fetchval("SELECT data->>'from_lead_id' FROM events WHERE stream_id = $1", UUID(opened))
        assert told == wrote["lead_id"]
        repeat = await captured(leads, emails=[EMAIL])
        assert (repeat["outcome"], repeat["lead_id"]) == ("touched", opened)


async def test_many_wrong_merges_of_one_actor_are_rehearsed_and_undone(run: Run) -> None:
    async with run() as leads:
        cards = [(await captured(leads, phones=[f"+7912345678{n}"]))["customer_id"] for n in range(5)]
        assert (await merged(leads, cards[0], *cards[1:4], role="head")).status_code == 200
        assert (await merged(leads, cards[0], cards[4])).status_code == 200
        wrong = {"actor": "key:head", **PERIOD}
        rehearsed = (await leads.call("POST", "/customers/undo-merges", json=wrong)).json()
        assert (rehearsed["found"], len(rehearsed["split"]), rehearsed["left"]) == (3, 3, 3)
        assert len((await card_of(leads, cards[0]))["merged"]) == 4
        first = (
            await leads.call("POST", "/customers/undo-merges", json={**wrong, "dry_run": False, "limit": 2})
        ).json()
        assert (first["found"], len(first["split"]), first["left"]) == (3, 2, 1)
        rest = (await leads.call("POST", "/customers/undo-merges", json={**wrong, "dry_run": False})).json()
        assert (len(rest["split"]), rest["left"]) == (1, 0)
        assert [member["customer_id"] for member in (await card_of(leads, cards[0]))["merged"]] == [cards[4]]
        nothing = (await leads.call("POST", "/customers/undo-merges", json={**wrong, "dry_run": False})).json()
        assert (nothing["found"], nothing["split"]) == (0, [])
        assert (await leads.call("POST", "/customers/undo-merges", json=PERIOD)).status_code == 422


async def test_a_request_that_names_contacts_of_two_cards_suggests_that_they_are_one(run: Run) -> None:
    async with run() as leads:
        by_phone, by_mail = await two_cards(leads)
        both = await captured(leads, phones=[PHONE], emails=[EMAIL])
        await captured(leads, phones=[PHONE], emails=[EMAIL])
        assert both["customer_id"] == by_phone
        (match,) = (await leads.call("GET", "/customer-matches")).json()["matches"]
        assert {card["customer_id"] for card in match["cards"]} == {by_phone, by_mail}
        assert [reason["reason"] for reason in match["reasons"]] == ["one_request"]
        assert match["kinds"] == ["email", "phone"]
        for params, count in (
            ({"customer_id": by_mail}, 1),
            ({"customer_id": str(uuid4())}, 0),
            ({"min_strength": 91}, 0),
            ({"reason": "name_and_phone"}, 0),
            ({"status": "dismissed"}, 0),
        ):
            found = (await leads.call("GET", "/customer-matches", params=params)).json()["matches"]
            assert len(found) == count, params


async def test_a_match_is_agreed_to_and_a_split_dismisses_it(run: Run) -> None:
    async with run() as leads:
        by_phone, by_mail = await two_cards(leads)
        await captured(leads, phones=[PHONE], emails=[EMAIL])
        (match,) = (await leads.call("GET", "/customer-matches")).json()["matches"]
        path = f"/customer-matches/{match['match_id']}"
        stranger = await leads.call("POST", f"{path}/merge", json={"into_customer_id": str(uuid4())})
        assert stranger.status_code == 409
        card = (await leads.call("POST", f"{path}/merge", json={"into_customer_id": by_mail})).json()
        assert (card["customer_id"], card["merged"][0]["matched_by"]) == (by_mail, ["one_request"])
        assert (await leads.call("GET", path)).json()["status"] == "merged"
        assert (await leads.call("POST", f"{path}/dismiss", json={})).json()["hint"] == "rule: merged"
        await leads.call("POST", f"/customers/{by_mail}/split", json={"customer_id": by_phone})
        assert (await leads.call("GET", path)).json()["status"] == "dismissed"
        await captured(leads, phones=[PHONE], emails=[EMAIL])
        assert (await leads.call("GET", "/customer-matches")).json()["matches"] == []


async def test_a_match_is_dismissed_by_who_has_read_it(run: Run) -> None:
    async with run() as leads:
        await two_cards(leads)
        await captured(leads, phones=[PHONE], emails=[EMAIL])
        (match,) = (await leads.call("GET", "/customer-matches")).json()["matches"]
        path = f"/customer-matches/{match['match_id']}"
        stale = await leads.call("POST", f"{path}/dismiss", json={}, headers={"if-match": '"9"'})
        assert stale.status_code == 412
        answer = await leads.call(
            "POST", f"{path}/dismiss", json={"why": "Father and son"}, headers={"if-match": '"1"'}
        )
        assert (answer.json()["status"], answer.json()["decided_by"]) == ("dismissed", "key:admin")
        stored = await leads.pool.fetchval("SELECT data::text FROM events WHERE type = 'customer.match-dismissed.v1'")
        assert "Father" not in stored
        assert (await leads.call("POST", f"{path}/dismiss", json={})).json()["version"] == 2


async def test_matches_are_listed_in_pages(run: Run) -> None:
    async with run() as leads:
        for n in range(3):
            await captured(leads, phones=[f"+7912345678{n}"])
            await captured(leads, emails=[f"{n}@example.com"])
            await captured(leads, phones=[f"+7912345678{n}"], emails=[f"{n}@example.com"])
        seen, cursor = [], None
        while True:
            params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
            page = (await leads.call("GET", "/customer-matches", params=params)).json()
            seen += [match["match_id"] for match in page["matches"]]
            if (cursor := page["next"]) is None:
                break
        assert len(seen) == len(set(seen)) == 3


async def test_cards_of_another_line_of_business_are_neither_merged_nor_suggested(run: Run) -> None:
    async with run(manager_directions=["retail"]) as leads:
        ours = (await captured(leads, phones=[PHONE], direction="retail"))["customer_id"]
        theirs = (await captured(leads, emails=[EMAIL], direction="wholesale"))["customer_id"]
        await captured(leads, phones=[PHONE], emails=[EMAIL], direction="retail")
        assert (await merged(leads, ours, theirs, role="manager")).status_code == 404
        assert (await merged(leads, theirs, ours, role="manager")).status_code == 404
        assert (await leads.call("GET", "/customer-matches", role="manager")).json()["matches"] == []
        (match,) = (await leads.call("GET", "/customer-matches")).json()["matches"]
        for call in ("dismiss", "merge"):
            path = f"/customer-matches/{match['match_id']}/{call}"
            assert (await leads.call("POST", path, role="manager", json={})).status_code == 404
        assert (await merged(leads, theirs, ours)).status_code == 200
        card = await card_of(leads, ours, role="manager")
        assert {lead["direction"] for lead in card["leads"]} == {"retail"}
        found = (await leads.call("GET", "/search", role="manager", params={"q": EMAIL})).json()["customers"]
        assert [one["customer_id"] for one in found] == [theirs], "who sees one of the cards sees all of them"
        for role, status in (("manager", 403), ("bi", 403), ("head", 200)):
            wrong = {"reason": "by_hand", **PERIOD}
            undone = await leads.call("POST", "/customers/undo-merges", role=role, json=wrong)
            assert undone.status_code == status, "who merges one by one does not undo the merges of all"


async def test_an_erased_member_stays_unreadable_and_is_merged_with_nobody(run: Run) -> None:
    async with run() as leads:
        stays, goes = await two_cards(leads)
        await merged(leads, stays, goes, why="Said so")
        await leads.pool.execute("DELETE FROM keyring WHERE customer_id = $1", goes)
        card = await card_of(leads, stays)
        assert (card["erased"], card["emails"], card["phones"]) == (False, [], [PHONE])
        assert (card["merged"][0]["erased"], card["merged"][0]["why"]) == (True, None)
        assert {touch["text"] for touch in card["touches"]} == {"By phone", None}
        split = await leads.call("POST", f"/customers/{stays}/split", json={"customer_id": goes})
        assert split.status_code == 200, split.text
        again = await merged(leads, stays, goes)
        assert (again.status_code, again.json()["hint"]) == (409, "rule: erased")
