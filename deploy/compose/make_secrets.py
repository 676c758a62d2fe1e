"""Makes the secrets of the composed system at its first start and lays out, at every start, what each container sees.

``python make_secrets.py /secrets``. Under the folder stands one volume per container: ``kept`` holds everything in
``secrets.json``, which only this program sees; the others hold a file per secret. Passwords of database roles are
derived, so there is one to keep for all. Runs as root with no right but to give files to others.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml
from embedded.secrets import Secrets

SERVICES = ("leads", "deals", "automation", "analytics")
OURS = 10001  # the user of the image
HOST, PORT = "postgres", 5432


def files(secrets: Secrets) -> dict[str, dict[str, str]]:
    """What stands in each volume: by its name, the files with their content."""
    shared = {
        "bootstrap_key": secrets.admin_key,
        "api_keys": json.dumps(secrets.api_keys()),
        "service_key": secrets.service_key,
    }
    own = {
        "leads": {
            "master_key": secrets.master_key,
            "index_key": secrets.index_key,
            "sources.yaml": yaml.safe_dump(secrets.lead_sources()),
        },
        "deals": {
            "link_keys": base64.b64encode(_derived(secrets.link_key, "deals")).decode(),
            "sources.yaml": yaml.safe_dump(secrets.payment_sources()),
        },
        "automation": {
            "link_keys": base64.b64encode(_derived(secrets.link_key, "automation")).decode(),
            "webhook_key": secrets.webhook_key,
        },
        "analytics": {},
    }
    roles = {role: role_password(secrets, role) for role in [*SERVICES, *map(owner, SERVICES), "grafana"]}
    return {
        **{name: {"database_url": _url(secrets, name, name), **shared, **own[name]} for name in SERVICES},
        "postgres": roles,
        "migrate": {name: _url(secrets, name, owner(name)) for name in SERVICES},
        "grafana": {"reader_password": roles["grafana"], "admin_password": role_password(secrets, "grafana login")},
        "demo": {
            "place.json": json.dumps(
                {
                    **{name: f"http://{name}:8000" for name in SERVICES},
                    "admin_key": secrets.admin_key,
                    "channel_secret": secrets.channel_secret,
                    "payment_secret": secrets.payment_secret,
                    "mail": "/var/lib/voronka/mail/box",
                }
            )
        },
    }


def owner(service: str) -> str:
    """The role that owns a service's database and migrates it."""
    return f"{service}_owner"


def role_password(secrets: Secrets, role: str) -> str:
    """Of one role, told by the name of it without ``voronka_``."""
    return _derived(secrets.database_password, role).hex()


def lay_out(folder: Path, contents: Mapping[str, str], readable_by: int | None) -> None:
    """Writes each file whole or not at all, for one user, or for everybody in the container that has the volume."""
    for name, content in contents.items():
        fresh = folder / f".{name}.new"
        fresh.unlink(missing_ok=True)
        mode = 0o444 if readable_by is None else 0o400
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
            file.write(content)
            os.fchmod(file.fileno(), mode)
            if readable_by is not None:
                os.fchown(file.fileno(), readable_by, readable_by)
        fresh.replace(folder / name)


def _url(secrets: Secrets, service: str, role: str) -> str:
    login = f"voronka_{role}:{role_password(secrets, role)}"
    return f"postgresql://{login}@{HOST}:{PORT}/voronka_{service}?sslmode=disable"


def _derived(key: str, name: str) -> bytes:
    return hmac.digest(key.encode(), name.encode(), hashlib.sha256)


def main(root: Path) -> None:
    """Makes what is missing and lays out everything."""
    for volume, contents in files(Secrets.of(root / "kept")).items():
        # Users of images that are not ours have numbers of their own.
        lay_out(root / volume, contents, None if volume in ("postgres", "grafana") else OURS)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
