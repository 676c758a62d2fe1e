"""What may be done, and which role may do it. Every route of every service names one of these permissions."""

from collections.abc import Iterable

PERMISSIONS: dict[str, str] = {
    "intake:write": "hand in leads, one or many",
    "leads:read": "see leads and their history",
    "leads:write": "qualify, edit and close leads",
    "leads:assign": "give leads to managers and set the rules of distribution",
    "leads:import": "import leads from files",
    "customers:read": "see names, phones and e-mails of customers",
    "customers:write": "edit and merge customers",
    "customers:undo-merges": "undo all merges of somebody, or for a reason, in a period",
    "customers:handover": "hand customers and their open work over to other managers",
    "organisations:read": "see organisations and who acts for them",
    "organisations:write": "enter and edit organisations",
    "lists:write": "save lists of customers, put customers on them and take them off",
    "fields:write": "define custom fields",
    "customers:erase": "erase a customer for ever",
    "customers:export": "hand over all that is known of a customer",
    "sources:read": "see the sources of leads, without their secrets",
    "sources:write": "set sources up, replace their secrets, switch them off",
    "quarantine:read": "see what could not be processed, and why",
    "quarantine:write": "process quarantined items again, or discard them",
    "deals:read": "see deals and their history",
    "deals:write": "open deals, move, win and lose them",
    "deals:import": "import deals with their history",
    "catalogue:write": "set up products and price lists",
    "pipelines:write": "set up pipelines, stages and reasons",
    "payments:read": "see invoices and payments",
    "payments:write": "register invoices, payments and refunds",
    "documents:read": "see documents of customers, those that his roles may see",
    "documents:write": "make and upload documents, say who may see them, give links out",
    "documents:setup": "publish templates of documents and set what they say of the firm",
    "tasks:read": "see tasks",
    "tasks:write": "make, take and complete tasks: his own, nobody's, and those of a colleague whom he stands in for",
    "tasks:colleagues": "see the tasks of colleagues in his lines of business; with tasks:write, work on them",
    "messages:read": "see which letters and messages were sent to customers, and which failed",
    "rules:read": "see the rules of automation and what they did",
    "rules:start": "start by hand rules that are made for it, for customers, leads and deals that he sees",
    "rules:write": "change the rules of automation and the templates",
    "targets:write": "set targets of departments and managers",
    "reports:read": "see reports",
    "exports:read": "take rows of reports and facts out of the system",
    "events:read": "read the feed of events",
    "webhooks:write": "subscribe other systems to events",
    "operations:read": "see queues, lags and the state of projections",
    "operations:write": "rebuild projections, refill the log, run what is stuck again",
    "keys:manage": "make and revoke API keys",
    "audit:read": "see who was shown personal data and who took files out",
    "keyring:read": "read the keys that open customers' personal data (other services only)",
}

_MANAGER = {
    "intake:write",
    "leads:read",
    "leads:write",
    "customers:read",
    "customers:write",
    "organisations:read",
    "organisations:write",
    "lists:write",
    "deals:read",
    "deals:write",
    "payments:read",
    "documents:read",
    "documents:write",
    "tasks:read",
    "tasks:write",
    "messages:read",
    "reports:read",
    "rules:start",
}
_HEAD = _MANAGER | {
    "tasks:colleagues",
    "customers:undo-merges",
    "leads:assign",
    "leads:import",
    "deals:import",
    "targets:write",
    "customers:handover",
    "fields:write",
    "quarantine:read",
    "quarantine:write",
    "sources:read",
    "catalogue:write",
    "pipelines:write",
    "rules:read",
    "exports:read",
    "documents:setup",
}

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    "manager": frozenset(_MANAGER),
    "head": frozenset(_HEAD),
    "marketer": frozenset(
        (
            "leads:read",
            "leads:import",
            "lists:write",
            "sources:read",
            "deals:read",
            "tasks:read",
            "tasks:colleagues",
            "messages:read",
            "rules:read",
            "rules:write",
            "rules:start",
            "reports:read",
            "exports:read",
        )
    ),
    "finance": frozenset(
        (
            "deals:read",
            "payments:read",
            "payments:write",
            "documents:read",
            "documents:write",
            "documents:setup",
            "reports:read",
            "exports:read",
        )
    ),
    "admin": frozenset(PERMISSIONS) - {"keyring:read"},
    "bi": frozenset(("reports:read", "exports:read")),
    "service": frozenset(("keyring:read", "events:read", "operations:read")),
    "integration": frozenset(
        (
            "intake:write",
            "payments:read",
            "payments:write",
            "catalogue:write",
            "leads:read",
            "deals:read",
            "tasks:read",
            "tasks:write",
            "tasks:colleagues",
            "events:read",
            "rules:start",
            "webhooks:write",
        )
    ),
}


def permissions_of(roles: Iterable[str], scopes: Iterable[str] = ()) -> frozenset[str]:
    """What the roles allow together, narrowed to `scopes` if there are any. Unknown roles allow nothing."""
    allowed = frozenset[str]().union(*(ROLE_PERMISSIONS.get(role, frozenset()) for role in roles))
    narrowed = frozenset(scopes)
    return allowed & narrowed if narrowed else allowed


def reference() -> str:
    """Permissions and the roles that have them, as a Markdown page."""
    roles = list(ROLE_PERMISSIONS)
    lines = [
        "# Roles and permissions",
        "",
        "Every route needs the permission that its description under `/docs` names.",
        "Made from `events/permissions.py`; do not edit.",
        "",
        f"| permission | allows to | {' | '.join(roles)} |",
        f"|---|---|{'---|' * len(roles)}",
    ]
    for permission, meaning in PERMISSIONS.items():
        marks = " | ".join("yes" if permission in ROLE_PERMISSIONS[role] else "" for role in roles)
        lines.append(f"| `{permission}` | {meaning} | {marks} |")
    return "\n".join(lines) + "\n"
