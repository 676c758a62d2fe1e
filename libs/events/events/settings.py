"""Settings of a service: one typed class, read from the environment.

Every setting `x` is read from `VORONKA_X`, or from the file named by `VORONKA_X_FILE` (a mounted secret). All that is
wrong is reported at once, by `configuration.load`. A service adds its own settings by a subclass.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretBytes,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from events.configuration import (
    PREFIX,
    ConfigurationError,
    Files,
    Unusable,
    comma_list,
    from_json,
    key_of_32_bytes,
    shown,
)

__all__ = ["ROLES", "ConfigurationError", "GivenKey", "Role", "Settings"]

MIB = 1024 * 1024

Role = Literal["api", "relay", "consumer", "worker"]
ROLES: frozenset[Role] = frozenset(("api", "relay", "consumer", "worker"))


Key32 = Annotated[SecretBytes, BeforeValidator(key_of_32_bytes)]
Keys32 = Annotated[tuple[Key32, ...], NoDecode, BeforeValidator(comma_list)]
Strings = Annotated[frozenset[str], NoDecode, BeforeValidator(comma_list)]


class GivenKey(BaseModel):
    """An API key given by configuration: the whole key (`vk_<id>_<secret>`) and what its holder may do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: SecretStr
    name: str = Field(min_length=1, max_length=100)
    roles: frozenset[str]
    directions: frozenset[str] = frozenset(("*",))
    scopes: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return self.name


class Settings(BaseSettings):
    """What every service is configured by. Secrets are `SecretStr`: they do not show in logs or reprs."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    # --- the process
    environment: str = Field("development", description="Name of the installation; stands in logs and traces.")
    host: str = Field("127.0.0.1", description="Address the HTTP server listens on; `0.0.0.0` in a container.")
    port: int = Field(8000, ge=0, le=65535, description="Port of the HTTP server; 0 takes a free one.")
    metrics_port: int | None = Field(
        None, ge=1, le=65535, description="Own port for /metrics; empty: /metrics on the port of the API."
    )
    roles: Annotated[frozenset[Role], NoDecode, BeforeValidator(comma_list)] = Field(
        ROLES, description="What this process does, comma separated: api, relay, consumer, worker."
    )
    public_url: str | None = Field(
        None, pattern=r"^https?://[^\s]+[^/]$", description="Address users reach this service by, without a last slash."
    )
    docs: bool = Field(True, description="Serve /docs, /openapi.json, /asyncapi and /asyncapi.json.")
    drain_seconds: float = Field(
        0, ge=0, le=60, description="Seconds between SIGTERM (/readyz turns 503) and closing the port; 5 in Kubernetes."
    )
    stop_seconds: float = Field(25, gt=0, le=300, description="Seconds that background work has to finish at a stop.")
    stall_seconds: float = Field(
        60, gt=0, description="Seconds without progress after which /livez calls a part stalled."
    )
    trusted_proxies: Strings = Field(
        frozenset(), description="Addresses whose X-Forwarded-* headers are believed, comma separated; `*` all."
    )
    max_requests_at_once: int = Field(
        2000, gt=0, description="Requests worked on at the same time; more are answered 503 with Retry-After."
    )
    max_body_bytes: int = Field(MIB, gt=0, description="Largest request body, bytes.")
    max_upload_bytes: int = Field(64 * MIB, gt=0, description="Largest body of a file upload, bytes.")

    # --- logs
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level that is logged.")
    log_format: Literal["json", "console"] = Field("json", description="`json` for machines, `console` for people.")
    log_requests: bool = Field(False, description="Log a line for every HTTP request (route template, never the path).")

    # --- PostgreSQL
    database_url: SecretStr = Field(
        description="PostgreSQL address, postgresql://user:password@host/voronka_<service>."
    )
    database_pool_min: int = Field(1, ge=0, description="Connections kept open.")
    database_pool_max: int = Field(10, ge=1, description="Most connections.")
    database_connect_seconds: float = Field(5, gt=0, description="Seconds to wait for a new connection.")
    database_statement_seconds: float = Field(60, ge=0, description="Seconds a statement may run; 0: no limit.")
    database_lock_seconds: float = Field(10, ge=0, description="Seconds a statement may wait for a lock; 0: no limit.")
    database_idle_seconds: float = Field(20, ge=0, description="Seconds a transaction may stand idle; 0: no limit.")
    database_transaction_seconds: float = Field(
        60, ge=0, description="Seconds a transaction may last, whatever it does; 0: no limit (PostgreSQL before 17)."
    )
    database_silence_seconds: float = Field(
        10,
        ge=0,
        description="Seconds a database may say nothing at all before all connections to it are broken off and requests"
        " refused; 0: as long as a statement may run. Not behind PgBouncer.",
    )
    database_statement_cache: int = Field(
        1024, ge=0, description="Prepared statements a connection keeps; 0 behind PgBouncer (session limits then too)."
    )

    # --- Kafka
    kafka_bootstrap: str = Field("127.0.0.1:9092", description="Kafka brokers, host:port, comma separated.")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="How to talk to the brokers."
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="How to log in to the brokers (SASL protocols only)."
    )
    kafka_sasl_username: str | None = Field(None, description="User at the brokers (SASL protocols only).")
    kafka_sasl_password: SecretStr | None = Field(None, description="Password at the brokers (SASL protocols only).")
    kafka_replication_factor: int = Field(1, ge=1, le=5, description="Copies of a topic that this service creates.")
    kafka_fetch_max_wait_ms: int = Field(
        20, ge=1, le=1000, description="Most milliseconds a broker holds a fetch open; less is quicker and busier."
    )
    kafka_session_timeout_ms: int = Field(
        10_000, ge=1_000, le=300_000, description="Milliseconds after which a silent consumer loses its partitions."
    )
    kafka_group_instance_id: str | None = Field(
        None, description="Stable name of this process in its consumer groups (StatefulSet pod); empty: none."
    )
    kafka_ssl_cafile: Path | None = Field(None, description="PEM file of the authority that signed the brokers.")

    # --- who may do what
    bootstrap_key: SecretStr | None = Field(
        None, description="API key (vk_<id>_<secret>) with the role admin, for the first start."
    )
    api_keys: Annotated[tuple[GivenKey, ...], NoDecode, BeforeValidator(from_json)] = Field(
        (),
        description='API keys: JSON, [{"key": "vk_…", "name": …, "roles": […], "directions": […], "scopes": […]}].',
    )
    key_cache_seconds: float = Field(
        30, ge=0, description="Seconds a verified API key is remembered (revocation delay)."
    )
    caller_requests_per_second: int | None = Field(
        None, ge=1, description="Requests a second of one API key or user in a process; more get 429; empty: no limit."
    )
    failed_credentials_per_minute: int = Field(
        600, ge=1, description="Credentials a minute that are not valid, of one address in a process; more get 429."
    )
    reason_required: bool = Field(
        False, description="Files, and all that is known of a person, only for who says why (`X-Request-Reason`)."
    )
    oidc_issuer: str | None = Field(None, description="Issuer of users' tokens (OpenID Connect), exactly as in `iss`.")
    oidc_audience: str | None = Field(None, description="Audience that users' tokens must name.")
    oidc_jwks_url: str | None = Field(None, description="Keys of the issuer; empty: from its discovery document.")
    oidc_algorithms: Strings = Field(
        frozenset(("RS256", "ES256")), description="Signature algorithms taken from the issuer, comma separated."
    )
    oidc_roles_claim: str = Field("roles", description="Claim with a user's roles; dots go into objects.")
    oidc_directions_claim: str = Field("directions", description="Claim with the lines of business a user sees.")
    oidc_directions_default: Strings = Field(
        frozenset(), description="Lines of business of a user without that claim, comma separated; `*` all."
    )
    oidc_name_claim: str = Field(
        "preferred_username", description="Claim with the name that stands as the actor in events."
    )
    oidc_leeway_seconds: int = Field(30, ge=0, le=300, description="Seconds that clocks may differ.")

    # --- personal data
    master_key: Key32 | None = Field(None, description="Key that wraps the customers' keys: 32 bytes, base64 (leads).")
    other_master_key: Key32 | None = Field(
        None, description="Master key that opens too while keys are rotated: first the next one, then the last (leads)."
    )
    index_key: Key32 | None = Field(None, description="HMAC key of the blind indexes: 32 bytes, base64 (leads).")
    later_index_keys: Keys32 = Field(
        (),
        description="Index keys that have replaced `VORONKA_INDEX_KEY` since: 32 bytes each, base64, comma separated, "
        "the newest last. None is ever taken away (leads).",
    )
    leads_url: str | None = Field(
        None, description="Address of the leads service, to read customers' keys (automation)."
    )
    service_key: SecretStr | None = Field(None, description="API key this service shows to other services.")
    link_keys: Keys32 = Field(
        (),
        description="Keys that sign links for customers: 32 bytes each, base64, comma separated, the newest last; the "
        "last one signs, each of them opens (deals).",
    )

    @field_validator("*", mode="before")
    @classmethod
    def _readable(cls, value: object) -> object:
        if isinstance(value, Unusable):
            raise ValueError(value.why)
        return value

    @field_validator("database_url")
    @classmethod
    def _postgresql(cls, value: SecretStr) -> SecretStr:
        if urlsplit(value.get_secret_value()).scheme not in ("postgresql", "postgres"):
            raise ValueError("must start with postgresql://")
        return value

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        faults = []
        if self.database_pool_min > self.database_pool_max:
            faults.append("VORONKA_DATABASE_POOL_MIN is above VORONKA_DATABASE_POOL_MAX")
        if self.kafka_security_protocol.startswith("SASL") and not (
            self.kafka_sasl_username and self.kafka_sasl_password
        ):
            faults.append("SASL needs VORONKA_KAFKA_SASL_USERNAME and VORONKA_KAFKA_SASL_PASSWORD")
        if self.oidc_issuer and not self.oidc_audience:
            faults.append(
                "VORONKA_OIDC_ISSUER needs VORONKA_OIDC_AUDIENCE: a token for another system must not open this one"
            )
        if faults:
            raise ValueError("; ".join(faults))
        return self

    async def unfit_for(self, _connection: Any) -> str | None:
        """Why a process of these settings must not work on this database; None if it may. Asked before it starts, and
        every two seconds from then on.
        """
        return None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, Files(settings_cls), env_settings

    def redacted(self) -> dict[str, str]:
        """Every setting by its variable's name, fit to print: secrets as `***`, passwords cut out of addresses."""
        return {f"{PREFIX}{name.upper()}": shown(getattr(self, name)) for name in type(self).model_fields}
