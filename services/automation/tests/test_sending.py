"""Letters on their way to a real SMTP server: sent once, refused for good, or tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from automation.messages.request import KIND
from automation.messages.sending import ON_ITS_WAY, look_again
from automation_world import Story, World, key_of
from events.keys_client import KeysUnavailable
from events.privacy import CachedKeys
from events.store import Append
from events.tasks import Task, Worker
from hypothesis import given
from hypothesis import strategies as st
from outbox import by_email, run, sending, waiting, worker
from post import Post

READ_UNTIL = (
    "INSERT INTO read_until VALUES ('voronka.leads.v1', 0, $1)"
    " ON CONFLICT (source, shard) DO UPDATE SET until = excluded.until"
)


class Died(BaseException):
    """The process ended on this line."""


async def story_of(automation: World, *emails: str, called: str | None = "Anna") -> Story:
    story = Story()
    story.registered("anna", *emails, called=called)
    story.captured("anna")
    await automation.deliver(story.records)
    await automation.settle()
    return story


async def state(automation: World) -> tuple[str, str | None]:
    (message,) = await automation.messages()
    return message["state"], message["reason"]


async def test_the_welcome_letter_reaches_the_customer_and_is_said_to_be_sent(automation, post) -> None:
    await story_of(automation, "anna@example.com")

    await run(automation, worker(automation, sending(automation, by_email(post))))

    (letter,) = post.letters
    (message,) = await automation.messages()
    assert letter["To"] == "anna@example.com"
    assert letter["From"] == "Daisy <hello@daisy.test>"
    assert letter["Subject"] == "Anna, we have received your request"
    assert letter["Message-ID"] == f"<{message['message_id']}@daisy.test>"
    assert letter["X-Voronka-Message"] == str(message["message_id"])
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().startswith("Hello Anna,")
    assert await state(automation) == ("sent", None)
    assert await waiting(automation) == []


async def test_a_quote_sent_by_e_mail_reaches_the_customer_with_its_link_each_time_it_is_sent(automation, post) -> None:
    story = Story()
    story.registered("anna", "anna@example.com", called="Anna")
    story.quote_sent("anna", "https://daisy.test/q/first")
    story.quote_sent("anna", "https://daisy.test/q/by-hand", channel="personal", sending=2)
    story.quote_sent("anna", "https://daisy.test/q/again", sending=3)
    await automation.deliver(story.records)
    await run(automation, worker(automation, sending(automation, by_email(post))), times=2)

    told = sorted(line for letter in post.letters for line in letter.get_content().splitlines() if "/q/" in line)
    assert told == ["https://daisy.test/q/again", "https://daisy.test/q/first"]
    assert {letter["Subject"] for letter in post.letters} == {"Anna, our offer for you"}
    stored = await automation.appended("message.requested.v1", "message.sent.v1")
    assert len(stored) == 4
    assert "/q/" not in str(stored)


async def test_russian_text_arrives_as_it_was_written(automation, post) -> None:
    await story_of(automation, "anna@example.com", called="Анна-Мария Ёжикова")
    await run(automation, worker(automation, sending(automation, by_email(post), language="ru", company="Ромашка")))

    (letter,) = post.letters
    assert letter["Subject"] == "Анна-Мария Ёжикова, мы получили ваше обращение"
    assert "Спасибо за обращение в Ромашка." in letter.get_content()


async def test_a_sent_letter_is_not_sent_again_however_often_its_trigger_comes(automation, post) -> None:
    story = await story_of(automation, "anna@example.com")
    letters = worker(automation, sending(automation, by_email(post)))
    await run(automation, letters)

    await automation.pool.execute("UPDATE watermarks SET position = 0 WHERE source = 'voronka.leads.v1'")
    await automation.deliver(story.records)
    await automation.settle()
    await run(automation, letters)

    assert len(post.raw) == 1
    assert len(await automation.appended("message.requested.v1")) == 1


async def test_a_letter_waits_for_the_card_that_comes_after_the_lead(automation, post) -> None:
    story = Story()
    letters = worker(automation, sending(automation, by_email(post)))
    await automation.deliver(story.captured("anna"))
    await run(automation, letters, times=3)
    assert await state(automation) == ("requested", None)
    assert post.raw == []

    await automation.deliver(story.registered("anna", "anna@example.com"))
    await run(automation, letters)

    assert await state(automation) == ("sent", None)


async def test_a_letter_waits_a_little_for_an_address_that_comes_after_the_card(automation, post) -> None:
    story = await story_of(automation)
    letters = worker(automation, sending(automation, by_email(post)))
    await run(automation, letters, times=2)
    await automation.deliver(story.told_more("anna", "anna@example.com"))

    await run(automation, letters)

    assert [letter["To"] for letter in post.letters] == ["anna@example.com"]


async def test_without_any_address_the_letter_fails_once_all_was_read_that_may_tell_one_and_says_why(
    automation, post
) -> None:
    story = await story_of(automation)
    letters = worker(automation, sending(automation, by_email(post)))

    await run(automation, letters, times=10)
    await automation.pool.execute(READ_UNTIL, story.log.records[-1].recorded().recorded_at)
    await run(automation, letters, times=10)
    assert await state(automation) == ("requested", None)
    await automation.pool.execute(READ_UNTIL, datetime.now(UTC) + timedelta(minutes=2))
    await run(automation, letters)

    assert await state(automation) == ("failed", "no_email")
    assert await waiting(automation) == []


@given(st.floats(0, 3600))
def test_a_letter_without_an_address_is_looked_at_soon_after_all_can_be_known(known_after: float) -> None:
    """Seconds since it was decided: until all was read, twenty at least."""
    looked_at, known_at = 0.0, known_after + ON_ITS_WAY.total_seconds()
    while looked_at < known_at:
        looked_at += look_again(timedelta(seconds=looked_at))

    assert looked_at - known_at <= max(2, known_after / 8)


async def test_the_newest_valid_address_is_written_to(automation, post) -> None:
    story = await story_of(automation, "old@example.com")
    await automation.deliver(story.told_more("anna", "new@example.com", "not an address"))

    await run(automation, worker(automation, sending(automation, by_email(post))))

    assert [letter["To"] for letter in post.letters] == ["new@example.com"]


@pytest.mark.parametrize("bad", ["not an address", "anna@example.com\r\nBcc: eve@example.com", "anna@"])
async def test_an_impossible_address_fails_without_a_connection(automation, post, bad) -> None:
    await story_of(automation, bad)
    await run(automation, worker(automation, sending(automation, by_email(post))))
    assert await state(automation) == ("failed", "invalid_address")
    assert post.raw == []


async def test_what_was_sealed_by_another_key_is_not_guessed(automation, post) -> None:
    story = Story()
    other = key_of(UUID(int=1)).seal("anna@example.com")
    story.registered("anna", "anna@example.com")
    story.captured("anna")
    await automation.deliver(story.records)
    await automation.pool.execute("UPDATE contacts SET emails = $1", [str(other)])
    await run(automation, worker(automation, sending(automation, by_email(post))))
    assert await state(automation) == ("failed", "unreadable")


@pytest.mark.parametrize(
    ("where", "answer", "reason"),
    [
        ("on_rcpt", "550 5.1.1 no such user", "recipient_refused"),
        ("on_rcpt", "553 5.1.3 bad address", "recipient_refused"),
        ("on_data", "554 5.7.1 spam", "content_refused"),
    ],
)
async def test_a_refusal_for_good_fails_the_letter_at_once(automation, post, where, answer, reason) -> None:
    await story_of(automation, "anna@example.com")
    getattr(post, where).append(answer)

    await run(automation, worker(automation, sending(automation, by_email(post))), times=2)

    assert await state(automation) == ("failed", reason)
    assert post.raw == []


@pytest.mark.parametrize(
    ("where", "answer"),
    [
        ("on_rcpt", "450 4.2.1 greylisted"),
        ("on_data", "452 4.3.1 no space"),
        ("on_mail", "550 5.7.1 sender not allowed here"),
        ("on_mail", "421 4.7.0 too many connections"),
    ],
)
async def test_a_refusal_for_now_or_of_ourselves_is_tried_again(automation, post, where, answer) -> None:
    await story_of(automation, "anna@example.com")
    getattr(post, where).append(answer)
    letters = worker(automation, sending(automation, by_email(post)))

    await run(automation, letters)
    assert await state(automation) == ("requested", None)
    ((attempts, error),) = await waiting(automation)
    assert attempts == 1
    assert error is not None
    assert "example.com" not in error
    await run(automation, letters)

    assert await state(automation) == ("sent", None)
    assert len(post.raw) == 1


async def test_while_the_mail_server_or_leads_are_away_letters_wait(automation, post) -> None:
    await story_of(automation, "anna@example.com")

    async def away(customer_ids: Sequence[UUID]) -> dict[UUID, bytes]:
        raise KeysUnavailable("leads does not answer")

    await run(automation, worker(automation, sending(automation, by_email(post), keys=CachedKeys(away))))
    await run(automation, worker(automation, sending(automation, by_email(Post(port=1)))))
    assert await state(automation) == ("requested", None)

    await run(automation, worker(automation, sending(automation, by_email(post))))
    assert await state(automation) == ("sent", None)


async def test_a_letter_never_travels_in_the_clear_where_tls_is_asked_for(automation, post) -> None:
    await story_of(automation, "anna@example.com")
    await run(automation, worker(automation, sending(automation, by_email(post, security="starttls"))))
    assert await state(automation) == ("requested", None)
    assert post.raw == []


async def test_nobody_writes_to_an_erased_customer(automation, post) -> None:
    story = await story_of(automation, "anna@example.com")
    await automation.deliver(story.erased("anna"))
    await run(automation, worker(automation, sending(automation, by_email(post))))
    assert await state(automation) == ("failed", "customer_erased")
    assert post.raw == []


async def test_nobody_writes_to_a_customer_whose_key_is_gone_before_the_news_comes(automation, post) -> None:
    await story_of(automation, "anna@example.com")

    async def none(customer_ids: Sequence[UUID]) -> dict[UUID, bytes]:
        return {}

    await run(automation, worker(automation, sending(automation, by_email(post), keys=CachedKeys(none))))
    assert await state(automation) == ("failed", "customer_erased")


async def test_after_the_last_attempt_the_failure_is_said_and_the_task_is_kept(automation, post) -> None:
    await story_of(automation, "anna@example.com")
    post.on_rcpt.extend(["450 later"] * 3)
    letters = worker(automation, sending(automation, by_email(post)), give_up_after=3)

    await run(automation, letters, times=3)

    assert await state(automation) == ("failed", "gave_up: SMTPRecipientsRefused")
    assert await automation.pool.fetchval("SELECT count(*) FROM tasks WHERE failed_at IS NOT NULL") == 1


async def test_a_death_between_sending_and_commit_repeats_the_same_letter_and_says_it_once(automation, post) -> None:
    await story_of(automation, "anna@example.com")
    whole = sending(automation, by_email(post))

    async def dies_after_sending(task: Task) -> Sequence[Append]:
        await whole(task)
        raise Died

    with pytest.raises(Died):
        await Worker("letters", automation.store, {KIND: dies_after_sending}).run_due()
    assert len(post.raw) == 1
    assert await state(automation) == ("requested", None)
    assert await Worker("letters", automation.store, {KIND: whole}).run_due() == 0, "its lease has not run out"

    await run(automation, worker(automation, whole))

    assert len(post.raw) == 2
    assert post.raw[0] == post.raw[1]
    assert len(await automation.appended("message.sent.v1")) == 1
    assert await state(automation) == ("sent", None)


async def test_many_letters_are_each_sent_once_by_two_workers(automation, post) -> None:
    story = Story()
    names = [f"anna{n}" for n in range(40)]
    for name in names:
        story.registered(name, f"{name}@example.com")
        story.captured(name)
    await automation.deliver(story.records)
    one, two = (worker(automation, sending(automation, by_email(post))) for _ in range(2))

    while any(await asyncio.gather(one.run_due(), two.run_due())):
        pass
    await automation.settle()

    assert sorted(letter["To"] for letter in post.letters) == sorted(f"{name}@example.com" for name in names)
    assert {message["state"] for message in await automation.messages()} == {"sent"}


async def test_no_personal_data_stands_in_tasks_and_events_of_a_letter(automation, post) -> None:
    await story_of(automation, "anna@example.com", called="Anna")
    post.on_rcpt.append("450 4.2.1 <anna@example.com> greylisted")
    letters = worker(automation, sending(automation, by_email(post)))
    await run(automation, letters)
    kept = str(await automation.pool.fetch("SELECT * FROM tasks"))
    await run(automation, letters)
    kept += str(await automation.pool.fetch("SELECT * FROM events")) + str(await automation.messages())
    assert "example.com" not in kept
    assert "Anna" not in kept
