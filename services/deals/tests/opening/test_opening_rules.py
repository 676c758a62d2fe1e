"""By which rule a qualified lead becomes a deal, and what an offer may become. Given, when, then."""

from __future__ import annotations

from uuid import UUID

import pytest
from deals.opening.offer import OFFER, Accept, Decline, Make, offer_of_lead
from deals.opening.rules import NOTHING, OPEN, QualifiedLead, check, rule_for
from deals.pipelines import files
from events.contracts.deals import DealOfferAccepted, DealOfferDeclined, DealOffered, OpeningRule
from events.decider import Rejected
from events.testing import given

LEAD, CUSTOMER, DEAL = UUID(int=1), UUID(int=2), UUID(int=3)
OFFERED = DealOffered(offer_id=offer_of_lead(LEAD), lead_id=LEAD, customer_id=CUSTOMER, pipeline="default")
ACCEPTED = DealOfferAccepted(offer_id=OFFERED.offer_id, lead_id=LEAD, customer_id=CUSTOMER, deal_id=DEAL)
DECLINED = DealOfferDeclined(offer_id=OFFERED.offer_id, lead_id=LEAD, customer_id=CUSTOMER)

COLD = OpeningRule(name="cold", temperatures=("cold",), action="offer")
EAST_SITE = OpeningRule(name="site of the east", directions=("east",), sources=("site",), action="nothing")
REST = OpeningRule(name="rest", action="open", pipeline="default", stage="first_contact")


@pytest.mark.parametrize(
    ("lead", "rule"),
    [
        (QualifiedLead("east", "cold", "site"), COLD),
        (QualifiedLead("east", "hot", "site"), EAST_SITE),
        (QualifiedLead("east", "hot", "phone"), REST),
        (QualifiedLead(None, "hot", None), REST),
    ],
)
def test_the_first_rule_that_fits_decides(lead: QualifiedLead, rule: OpeningRule) -> None:
    assert rule_for((COLD, EAST_SITE, REST), lead, NOTHING) == rule


def test_where_no_rule_fits_the_setting_decides() -> None:
    assert rule_for((COLD,), QualifiedLead(None, "hot", None), OPEN) == OPEN
    assert rule_for((), QualifiedLead(None, "hot", None), NOTHING) == NOTHING


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"pipeline": "retail"}, "unknown_pipeline"),
        ({"stage": "dreaming"}, "unknown_stage"),
        ({"stage": "won"}, "unknown_stage"),
        ({"deal_type": "tender"}, "unknown_type"),
    ],
)
def test_rules_that_could_open_nothing_are_refused(more: dict[str, str], code: str) -> None:
    rule = REST.model_copy(update=more)
    with pytest.raises(Rejected) as refused:
        check((rule,), files.load())
    assert refused.value.code == code
    check((rule.model_copy(update={"action": "nothing"}),), files.load())


def test_an_offer_is_made_once_and_becomes_one_thing() -> None:
    given(OFFER).when(Make(OFFERED)).then(OFFERED)
    given(OFFER, OFFERED).when(Make(OFFERED)).then_nothing()
    given(OFFER, OFFERED).when(Accept(DEAL)).then(ACCEPTED)
    given(OFFER, OFFERED, ACCEPTED).when(Accept(DEAL)).then_nothing()
    given(OFFER, OFFERED).when(Decline()).then(DECLINED)
    given(OFFER, OFFERED, DECLINED).when(Decline()).then_nothing()
    given(OFFER, OFFERED, DECLINED).when(Accept(DEAL)).then_rejected("offer_declined")
    given(OFFER, OFFERED, ACCEPTED).when(Decline()).then_rejected("offer_accepted")
    given(OFFER).when(Accept(DEAL)).then_rejected("no_offer")
