"""Fields with names of the owner's choosing, marks of advertising, and forms without an id."""

from dataclasses import replace
from datetime import timedelta

import pytest
from events.webhooks import Source
from golden_requests import RECEIVED_AT, received
from leads.channels import CHANNELS, utm

FORM = CHANNELS["web_form"]
SOURCE = Source("web_form", "main", ("key",))


def posted(body: bytes, source: Source = SOURCE, minutes: int = 0):  # type: ignore[no-untyped-def]
    at = RECEIVED_AT + timedelta(minutes=minutes)
    return FORM.parse(received(headers=(("content-type", "application/json"),), body=body, at=at), source)[0]


def test_an_option_names_a_field_that_the_site_calls_its_own_way() -> None:
    source = replace(SOURCE, options={"field.phone": "Ваш номер", "field.text": "vopros"})

    inquiry = posted('{"ваш НОМЕР":"89123456789","vopros":"Цена?","phone":"не он"}'.encode(), source)

    assert inquiry.phones == ("89123456789",)
    assert inquiry.text == "Цена?"
    assert inquiry.details == {"phone": "не он"}


def test_two_equal_forms_without_an_id_are_one_within_ten_minutes_and_two_later() -> None:
    first, again, later = (posted(b'{"phone":"89123456789"}', minutes=m).provider_id for m in (0, 9, 10))

    assert first == again != later


def test_a_redirect_is_only_for_a_post_without_script() -> None:
    source = replace(SOURCE, options={"redirect": "https://shop.ru/thanks"})
    request = received(headers=(("accept", "text/html,*/*"),))

    assert FORM.reply(request, source).status == 303
    assert FORM.reply(replace(request, headers=(("accept", "*/*"),)), source).status == 202


@pytest.mark.parametrize(
    ("wish", "read"),
    [
        ("2026-05-02T10:30", "2026-05-02T07:30:00+00:00"),
        ("2026-05-02T10:30+05:00", "2026-05-02T05:30:00+00:00"),
        ("2026-05-02T10:30:00Z", "2026-05-02T10:30:00+00:00"),
    ],
)
def test_the_time_of_a_wanted_call_is_local_unless_it_has_an_offset(wish: str, read: str) -> None:
    inquiry = posted(f'{{"phone":"1","call_me_at":"{wish}"}}'.encode())

    assert inquiry.wanted_call_at.isoformat() == read


def test_marks_are_taken_from_the_first_origin_that_has_them() -> None:
    found, clicks = utm.marks(
        {"UTM_Source": " Google ", "utm_medium": ""},
        utm.of_url("https://shop.ru/?utm_source=yandex&utm_medium=cpc&gclid=a%20b&utm_custom=1"),
        utm.of_tilda_cookies("a=b; TILDAUTM=utm_term%3D%D0%BA%D1%83%D1%85%D0%BD%D0%B8%7C%7C%7C"),
    )

    assert found == {"source": "Google", "medium": "cpc", "term": "кухни"}
    assert clicks == {"gclid": "a b"}


@pytest.mark.parametrize(
    "url", [None, "", "https://[::1", "/?utm_source", "?" + "a=1&" * 5000, "http://x/?utm_source=%FF%00"]
)
def test_an_address_that_cannot_be_read_gives_no_marks_and_no_error(url: str | None) -> None:
    found, _ = utm.marks(utm.of_url(url))

    assert "\x00" not in "".join(found.values())
