"""What a check says: what was looked at, what came of it, and the command that mends it."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, Field

State = Literal["pass", "warn", "fail"]


class Check(BaseModel):
    """What was looked at, and what came of it."""

    name: str
    state: State
    detail: str
    fix: str | None = Field(None, description="A command to type or a setting to give; why or when after a `#`.")


FIXES: Final = {
    "database": 'pg_isready -d "$VORONKA_DATABASE_URL"  # start it',
    "broker": 'kafka-broker-api-versions.sh --bootstrap-server "$VORONKA_KAFKA_BOOTSTRAP"  # start it',
    "commit": 'psql -c "SELECT application_name, sync_state FROM pg_stat_replication"'
    "  # a synchronous standby is missing, or the disk hangs",
    "schema": "python -m events.migrate {service}",
    "clock": "chronyc makestep  # and keep the machines' clocks by NTP",
    "log may be changed": "VORONKA_DATABASE_URL=postgresql://…  # a login that is a member of voronka_service only",
    "second wall": 'psql -c "GRANT voronka_limited TO voronka_service"  # as an administrator',
    "connections": "VORONKA_DATABASE_POOL_MAX=…  # fewer, or PgBouncer between (docs/scaling.md)",
    "API keys": "voronka keys list --service {service}  # then voronka keys rotate each that ends soon",
    "topic": "VORONKA_ROLES=relay python -m {service}  # it makes the topic",
    "partitions": "kafka-topics.sh --delete --topic {topic}  # its relay makes it anew and fills it",
    "relay": "voronka relay status --service {service}  # then VORONKA_ROLES=relay python -m {service}, if none runs",
    "quarantined events": "voronka quarantine list --service {service}  # when mended: voronka quarantine replay",
    "quarantined requests": "voronka requests list  # when mended: voronka requests replay",
    "failed tasks": 'psql "$VORONKA_DATABASE_URL" -c "UPDATE tasks SET failed_at = NULL, attempts = 0, due_at = now()'
    ' WHERE failed_at IS NOT NULL"  # when the cause is mended (deploy/runbooks/tasks-given-up.md)',
    "due tasks": "VORONKA_ROLES=worker python -m {service}  # one more of these processes",
    "disk": "du -xh --max-depth=2 {folder} | sort -h  # make room, or give it a larger volume",
    "slot": "psql -c \"SELECT pg_drop_replication_slot('{slot}')\"  # if its reader will not come back",
    "archiver": 'psql -c "SELECT * FROM pg_stat_archiver"  # mend where it archives to',
    "broker's disk": "kafka-log-dirs.sh --bootstrap-server {bootstrap} --describe  # give it a larger volume",
    "broker's disk unseen": "kafka-acls.sh --bootstrap-server {bootstrap} --add --allow-principal User:{user}"
    " --operation Describe --cluster",
    "bootstrap key": "voronka keys make admin --role admin --service {service}  # then take VORONKA_BOOTSTRAP_KEY out",
    "Kafka in the open": "VORONKA_KAFKA_SECURITY_PROTOCOL=SASL_SSL",
    "copies": "VORONKA_KAFKA_REPLICATION_FACTOR=3",
    "public address": "VORONKA_PUBLIC_URL=https://…",
    "tokens": "VORONKA_OIDC_ISSUER=https://…",
}
"""By what is wrong."""


def found(name: str, detail: str, wrong: str | None = None, state: State = "warn", **said: str) -> Check:
    """A check: passed, or ``wrong`` names the fix, of which ``said`` fills the places."""
    if wrong is None:
        return Check(name=name, state="pass", detail=detail, fix=None)
    return Check(name=name, state=state, detail=detail, fix=FIXES[wrong].format_map(said))
