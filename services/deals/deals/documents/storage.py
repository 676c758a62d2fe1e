"""Where documents lie: a local folder, or storage that speaks S3. Names are ids, and bytes come here sealed.

An object is written once and never changed: what is said of it stays true. So the storage must know conditional
writes (``If-None-Match: *``), as S3 itself, MinIO and the local folder do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from uuid import UUID

from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, S3Store

from deals.settings import DealsSettings


class StorageUnavailable(ConnectionError):
    """The storage does not answer, or refuses: worth trying again later. Says nothing of the object."""


class Storage:
    """Documents by their object's id, templates by their SHA-256."""

    def __init__(self, reach: Callable[[], ObjectStore]) -> None:
        """``reach`` makes the store when it is used for the first time: it may make a folder."""
        self._reach = reach

    @cached_property
    def _store(self) -> ObjectStore:
        return self._reach()

    async def put(self, object_id: UUID, sealed: bytes) -> bool:
        """Stores sealed bytes; False if there are some under that id. Raises :class:`StorageUnavailable`."""
        return await self._put(f"documents/{object_id}", sealed)

    async def get(self, object_id: UUID) -> bytes | None:
        """The sealed bytes, None if there are none. Raises :class:`StorageUnavailable`."""
        return await self._get(f"documents/{object_id}")

    async def delete(self, object_ids: Iterable[UUID]) -> None:
        """Deletes what there is of these. Raises :class:`StorageUnavailable`."""
        for object_id in object_ids:
            try:
                await self._store.delete_async(f"documents/{object_id}")
            except (NotFoundError, FileNotFoundError):
                continue
            except (BaseError, OSError) as error:
                raise StorageUnavailable(f"storage: {type(error).__name__}") from None

    async def put_template(self, sha256: str, content: bytes) -> None:
        """Stores a template; it is there already if it is the same. Raises :class:`StorageUnavailable`."""
        await self._put(f"templates/{sha256}", content)

    async def get_template(self, sha256: str) -> bytes | None:
        """The template. Raises :class:`StorageUnavailable`."""
        return await self._get(f"templates/{sha256}")

    async def _put(self, path: str, content: bytes) -> bool:
        try:
            await self._store.put_async(path, content, mode="create")
        except (AlreadyExistsError, FileExistsError):
            return False
        except (BaseError, OSError) as error:
            raise StorageUnavailable(f"storage: {type(error).__name__}") from None
        return True

    async def _get(self, path: str) -> bytes | None:
        try:
            found = await self._store.get_async(path)
            return bytes(await found.bytes_async())
        except (NotFoundError, FileNotFoundError):
            return None
        except (BaseError, OSError) as error:
            raise StorageUnavailable(f"storage: {type(error).__name__}") from None


def storage_of(settings: DealsSettings) -> Storage:
    """The storage that the settings name: ``documents_url`` (s3://bucket/prefix), or the folder."""
    url = settings.documents_url
    if url is None:
        return Storage(lambda: LocalStore(settings.documents_folder.absolute(), mkdir=True))
    return Storage(lambda: _s3(url, settings))


def _s3(url: str, settings: DealsSettings) -> ObjectStore:
    key, secret = settings.s3_access_key_id, settings.s3_secret_access_key
    given = {
        "endpoint": settings.s3_endpoint,
        "region": settings.s3_region,
        "access_key_id": key,
        "secret_access_key": secret.get_secret_value() if secret else None,
    }
    config = {name: value for name, value in given.items() if value is not None}
    is_plain = bool(settings.s3_endpoint and settings.s3_endpoint.startswith("http://"))
    return S3Store.from_url(
        url,
        config=config,  # type: ignore[arg-type]
        client_options={"allow_http": is_plain, "timeout": "30s", "connect_timeout": "5s"},
        retry_config={"max_retries": 2},
    )
