"""The life of a deal, for any sequence of commands at any business times."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from deals.deal.batch import Batch, Order
from deals.deal.orders import (
    AddParticipant,
    ChangeFields,
    ChangeOrganisation,
    ChangeValue,
    Check,
    Command,
    ExpectClose,
    HandOverDeal,
    LoseDeal,
    MoveDeal,
    NurtureDeal,
    OpenDeal,
    ReassignDeal,
    RemoveParticipant,
    ReopenDeal,
    Retag,
    WakeDeal,
    WinDeal,
    WriteNote,
)
from deals.deal.standing import Standing
from deals.deal.states import Lost, NoDeal, Nurtured, Open, Won
from deals.money import CENT, money
from deals.pipelines import files
from events.contracts.deals import DealLost, DealOpened, DealReopened, DealStageChanged, DealWon
from events.contracts.leads import FieldChange
from events.decider import Rejected
from events.event import Event, decode
from events.sealed import Sealed
from events.store import Cause
from hypothesis import given as for_all
from hypothesis import strategies as st

DEAL, CUSTOMER, PERSON = UUID(int=1), UUID(int=2), UUID(int=4)
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TEXT: Sealed[str] = Sealed("s1." + "a" * 40)
CAUSE = Cause("test", UUID(int=9))
PIPELINES = files.load()
STAGES = [stage.code for stage in PIPELINES["default"].stages]
VALUES = st.integers(0, 9).map(lambda n: money(CENT * n, "RUB"))
TIMES = st.integers(-50, 5).map(lambda hours: NOW + timedelta(hours=hours))
COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.just(OpenDeal(DEAL, CUSTOMER, "D-000001", "default", money(CENT, "RUB"), manager_id="anna")),
    st.builds(MoveDeal, st.sampled_from([*STAGES, "dreaming"]), st.none() | st.just(TEXT)),
    st.builds(NurtureDeal, st.none() | st.sampled_from(STAGES), st.none() | TIMES),
    st.builds(WakeDeal, TIMES),
    st.builds(ChangeValue, VALUES),
    st.builds(WinDeal, st.none() | VALUES),
    st.builds(LoseDeal, st.sampled_from(["no_budget", "bad_karma"]), st.none() | st.just(TEXT)),
    st.builds(ReopenDeal, st.none() | st.sampled_from(STAGES)),
    st.builds(ReassignDeal, st.sampled_from(["anna", "boris"])),
    st.just(HandOverDeal("anna", "boris", "dismissal", UUID(int=7))),
    st.builds(Retag, st.frozensets(st.sampled_from("ab")), st.frozensets(st.sampled_from("ab"))),
    st.just(WriteNote(TEXT)),
    st.builds(ExpectClose, st.none() | st.just(date(2026, 4, 1))),
    st.builds(ChangeOrganisation, st.none() | st.just(PERSON)),
    st.builds(AddParticipant, st.sampled_from([CUSTOMER, PERSON]), st.sampled_from(["pays", "decides"])),
    st.just(RemoveParticipant(PERSON)),
    st.builds(Check, st.sampled_from(["needs", "nothing"]), st.booleans()),
    st.builds(lambda value: ChangeFields((FieldChange(field="gift", value=value),)), st.none() | st.text(max_size=3)),
)
STEPS = st.lists(st.tuples(COMMANDS, st.none() | TIMES, st.integers(0, 20)), max_size=40)


def lived(steps: list[tuple[Command, datetime | None, int]]) -> tuple[Standing, list[tuple[Event, datetime]]]:
    """The deal after these commands, each at its business time while the clock goes on; refused ones change nothing."""
    standing, told, now = Standing(), [], NOW
    for command, at, minutes in steps:
        now += timedelta(minutes=minutes)
        batch = Batch(PIPELINES, {DEAL: standing}, now)
        try:
            batch.take(Order(DEAL, command, CAUSE, at))
        except Rejected:
            assert batch.appends() == []
            continue
        for append in batch.appends():
            assert append.expected_version == standing.version
            told += [(event, when) for event, (_, when) in zip(append.events, append.event_stamps(), strict=True)]
        standing = batch.standings[DEAL]
    return standing, told


@for_all(STEPS)
def test_every_moment_of_a_deals_life_is_in_exactly_one_stage(
    steps: list[tuple[Command, datetime | None, int]],
) -> None:
    standing, told = lived(steps)
    visits: list[tuple[str, datetime]] = []
    for event, at in told:
        match event:
            case DealOpened(stage=entered):
                assert visits == []
            case (
                DealStageChanged(from_stage=left, to_stage=entered)
                | DealReopened(from_stage=left, to_stage=entered)
                | DealWon(from_stage=left, stage=entered)
                | DealLost(from_stage=left, stage=entered)
            ):
                assert left == visits[-1][0] != entered
            case _:
                continue
        visits.append((entered, at))
    # Each visit ends where the next begins, and none begins before the one before it: no gap, no overlap.
    assert all(entered <= left for (_, entered), (_, left) in pairwise(visits))
    if visits:
        state = standing.state
        assert not isinstance(state, NoDeal)
        assert (state.stage, standing.opened_at, standing.stage_since) == (visits[-1][0], visits[0][1], visits[-1][1])
        kinds = {Open: "open", Nurtured: "nurture", Won: "won", Lost: "lost"}
        found = PIPELINES["default"].stage(state.stage)
        assert found is not None
        assert found.kind == kinds[type(state)]
        assert (standing.closed_at is not None) == isinstance(state, Won | Lost)


@for_all(STEPS)
def test_business_time_never_runs_backwards(steps: list[tuple[Command, datetime | None, int]]) -> None:
    times = [at for _, at in lived(steps)[1]]
    assert times == sorted(times)


@for_all(STEPS)
def test_a_replay_of_what_was_stored_gives_the_same_deal(
    steps: list[tuple[Command, datetime | None, int]],
) -> None:
    standing, told = lived(steps)
    again = Standing()
    for event, at in told:
        again = again.after(decode(event.type, event.to_json()), at)
    assert again == standing


@for_all(STEPS)
def test_a_batch_of_commands_does_what_they_do_one_by_one(
    steps: list[tuple[Command, datetime | None, int]],
) -> None:
    batch = Batch(PIPELINES, {DEAL: Standing()}, NOW)
    for command, _, _ in steps:
        try:
            batch.take(Order(DEAL, command, CAUSE))
        except Rejected:
            continue
    alone, _ = lived([(command, None, 0) for command, _, _ in steps])
    assert batch.standings[DEAL] == alone
    assert sum(len(append.events) for append in batch.appends()) == alone.version
