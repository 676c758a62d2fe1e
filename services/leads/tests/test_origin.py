"""Where a person came from is found by itself."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from leads.channels import Inquiry
from leads.origin import Origin, origin_of

PAGE = "https://www.shop.ru/sofas?gclid=1"


def inquiry(**fields: Any) -> Inquiry:
    return Inquiry(provider_id="1", occurred_at=datetime(2026, 5, 1, tzinfo=UTC), kind="form", **fields)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, Origin("web_form")),
        ({"utm": {"source": " Yandex ", "medium": "cpc", "term": "sofa"}}, Origin("yandex", "cpc", "sofa")),
        ({"click_ids": {"gclid": "1"}, "landing_page": PAGE}, Origin("google", "cpc")),
        ({"click_ids": {"yclid": "1"}, "landing_page": PAGE, "utm": {"source": "yandex"}}, Origin("yandex", "cpc")),
        ({"click_ids": {"yclid": "1"}, "landing_page": PAGE, "utm": {"source": "partner"}}, Origin("partner")),
        ({"click_ids": {"fbclid": "1"}, "landing_page": PAGE}, Origin("facebook", "social")),
        ({"click_ids": {"roistat": "1"}, "landing_page": PAGE}, Origin("web_form")),
        ({"click_ids": {"gclid": "1"}}, Origin("web_form")),
        ({"referrer": "https://www.google.co.uk/search?q=buy+a++sofa"}, Origin("google", "organic", "buy a sofa")),
        ({"referrer": "https://yandex.ru/search/?text=%D1%87%D0%B0%D0%B9"}, Origin("yandex", "organic", "чай")),
        ({"referrer": "https://ya.ru/"}, Origin("yandex", "organic")),
        ({"referrer": "https://m.vk.com/away.php"}, Origin("vk", "social")),
        ({"referrer": "t.me/shop"}, Origin("telegram", "social")),
        ({"referrer": "https://notvk.com/"}, Origin("web_form")),
        ({"referrer": "https://google.evil.example/"}, Origin("web_form")),
        ({"referrer": "https://blog.shop.ru/", "landing_page": PAGE}, Origin("web_form")),
        ({"referrer": "https://partner.ru/", "landing_page": PAGE}, Origin("web_form")),
        ({"referrer": "https://vk.com/", "utm": {"medium": "post"}}, Origin("vk", "post")),
    ],
)  # fmt: skip
def test_the_channel_is_what_marks_click_ids_and_the_referrer_tell(fields: dict[str, Any], expected: Origin) -> None:
    assert origin_of(inquiry(**fields), "web_form") == expected


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_address_breaks_it(referrer: str, landing_page: str) -> None:
    assert origin_of(inquiry(referrer=referrer, landing_page=landing_page, click_ids={"gclid": "1"}), "form").channel
