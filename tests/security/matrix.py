"""Which object every route names, for the matrix of roles, routes and foreign objects.

A path with a parameter either lies below one of ``DIVIDED`` - then it is asked for something of another line of
business, with every method it has - or stands in ``COMMON`` with the reason why nothing it names is foreign.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

API: Final = Path(__file__).parents[2] / "docs" / "api"

DIVIDED: Final = {
    "leads": (
        "/call-entries/{entry_id}",
        "/call-lists/{name}",
        "/calls/{command_id}",
        "/customer-matches/{match_id}",
        "/customers/{customer_id}",
        "/events/streams/{stream_id}",
        "/hand-overs/{handover_id}",
        "/imports/{import_id}",
        "/interactions/{interaction_id}",
        "/leads/{lead_id}",
        "/lists/{list_id}",
        "/marketing-events/{event_id}",
        "/organisations/{organisation_id}",
        "/quarantined-requests/{request_id}",
        "/sources/{channel}/{name}",
    ),
    "deals": (
        "/customers/{customer_id}/documents",
        "/deal-handovers/{handover_id}",
        "/deal-offers/{offer_id}",
        "/deals/{deal_id}",
        "/documents/{document_id}",
        "/events/streams/{stream_id}",
        "/invoices/{invoice_id}",
        "/payments/{payment_id}",
        "/quarantined-requests/{request_id}",
        "/quotes/{quote_id}",
    ),
    "automation": (
        "/cadence/customers/{customer_id}",
        "/events/streams/{stream_id}",
        "/messages/{message_id}",
        "/sequences/{sequence}/customers/{customer_id}",
        "/tasks/{task_id}",
        "/webhooks/{code}",
    ),
    "analytics": ("/events/streams/{stream_id}", "/segments/customers/{customer_id}"),
}

KEYS: Final = "keys belong to the installation; nobody gives one more than he has (test_nobody_gives_what_he_has_not)"
SEALED: Final = "an event that could not be applied, sealed, of any stream: for who runs the installation"
STAFF: Final = "colleagues are seen by everybody; their work is handed over only as far as the caller sees it"
SETUP: Final = "set up for everybody; says nothing of a customer"
LINK: Final = "the link is the proof: a signed token, of which nobody has another's"
WORK_OF_SEEN: Final = "what it lists or takes up is about customers, each of whom is asked for by himself"

_EVERYWHERE: Final = {
    KEYS: ("/api-keys/{key_id}", "/api-keys/{key_id}/rotate"),
    SEALED: (
        "/quarantine/events/{event_id}",
        "/quarantine/events/{event_id}/discard",
        "/quarantine/events/{event_id}/replay",
    ),
}
COMMON: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "leads": {
        **_EVERYWHERE,
        SETUP: (
            "/calendars/{name}",
            "/calendars/{name}/versions",
            "/fields/{subject}/{code}",
            "/import-mappings/{name}",
        ),
        STAFF: (
            "/managers/{manager_id}",
            "/managers/{manager_id}/absences",
            "/managers/{manager_id}/absences/{absence_id}",
            "/managers/{manager_id}/hand-over",
            "/managers/{manager_id}/hand-over/preview",
            "/managers/{manager_id}/history",
            "/managers/{manager_id}/phone-extensions",
        ),
    },
    "deals": {
        **_EVERYWHERE,
        SETUP: (
            "/deal-fields/{code}",
            "/document-templates/{code}",
            "/document-templates/{code}/content",
            "/document-templates/{code}/retire",
            "/invoice-series/{code}",
            "/pipelines/{code}",
            "/pipelines/{code}/retire",
            "/pipelines/{code}/versions",
            "/pipelines/{code}/versions/{version}",
            "/price-lists/{list_id}",
            "/price-lists/{list_id}/prices",
            "/products/{product_id}",
            "/targets/{target_id}/history",
            "/targets/{target_id}/withdraw",
            "/work-templates/{code}",
        ),
        WORK_OF_SEEN: ("/exchange/{system}/invoices", "/exchange/{system}/paid", "/exchange/{system}/payments"),
        LINK: (
            "/public/quotes/{token}",
            "/public/quotes/{token}/accept",
            "/public/quotes/{token}/reject",
            "/shared-documents/{token}",
        ),
    },
    "automation": {
        **_EVERYWHERE,
        SETUP: (
            "/message-templates/{name}",
            "/message-templates/{name}/retire",
            "/questionnaires/{questionnaire}",
            "/questionnaires/{questionnaire}/results",
            "/rules/{rule_id}",
            "/rules/{rule_id}/backtests",
            "/rules/{rule_id}/backtests/{backtest_id}",
            "/rules/{rule_id}/check",
            "/rules/{rule_id}/disable",
            "/rules/{rule_id}/enable",
            "/rules/{rule_id}/explanation",
            "/rules/{rule_id}/history",
            "/sequences/{sequence}",
            "/sequences/{sequence}/check",
            "/sequences/{sequence}/progress",
            "/sequences/{sequence}/state",
            "/staff-addresses/{login}",
            "/working-calendars/{calendar}",
        ),
        WORK_OF_SEEN: (
            "/mailings/{mailing_id}",
            "/mailings/{mailing_id}/recipients",
            "/mailings/{mailing_id}/start",
            "/mailings/{mailing_id}/stop",
            "/questionnaires/{questionnaire}/answers",
            "/rules/{rule_id}/lists",
            "/rules/{rule_id}/starts",
            "/rules/{rule_id}/suppressed",
            "/sequences/{sequence}/customers",
            "/sequences/{sequence}/lists",
        ),
        "the feed is the caller's own: another's entry is not touched": ("/notifications/{notification_id}/read",),
        LINK: (
            "/public/links/{token}",
            "/public/opened/{token}",
            "/public/questionnaires/{token}",
            "/public/unsubscribe/{token}",
            "/tasks/calendar/{token}.ics",
        ),
    },
    "analytics": {
        **_EVERYWHERE,
        "tables of the installation": (
            "/projections/{name}/cancel",
            "/projections/{name}/rebuild",
            "/projections/{name}/verify",
            "/verifications/{id}",
        ),
    },
}
