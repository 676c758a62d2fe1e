"""Both storages keep the same promises: a folder, and a server that speaks S3."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from deals.documents.storage import Storage, StorageUnavailable, storage_of
from deals.settings import DealsSettings
from deals_system import LINK_KEY
from moto.server import ThreadedMotoServer
from obstore.store import S3Store
from pydantic import SecretStr


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def settings(**more: Any) -> DealsSettings:
    return DealsSettings(database_url=SecretStr("postgresql://nowhere/x"), link_keys=(LINK_KEY,), **more)


def on_s3(endpoint: str) -> Storage:
    config = {
        "documents_url": "s3://crm/voronka",
        "s3_endpoint": endpoint,
        "s3_region": "us-east-1",
        "s3_access_key_id": "key",
        "s3_secret_access_key": SecretStr("secret"),
    }
    return storage_of(settings(**config))


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return storage_of(settings(documents_folder=tmp_path))
    endpoint = request.getfixturevalue("s3")
    import boto3

    given = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=endpoint, **given).create_bucket(Bucket="crm")
    return on_s3(endpoint)


async def test_what_is_stored_is_read_back_and_written_once(storage: Storage) -> None:
    object_id = uuid4()
    assert await storage.get(object_id) is None
    assert await storage.put(object_id, b"vf1.first") is True
    assert await storage.put(object_id, b"vf1.second") is False
    assert await storage.get(object_id) == b"vf1.first"


async def test_what_is_deleted_is_gone_and_deleting_it_again_is_nothing(storage: Storage) -> None:
    object_id = uuid4()
    await storage.put(object_id, b"x")
    await storage.delete([object_id, uuid4()])
    await storage.delete([object_id])
    assert await storage.get(object_id) is None


async def test_templates_lie_by_their_content(storage: Storage) -> None:
    await storage.put_template("0" * 64, b"template")
    await storage.put_template("0" * 64, b"template")
    assert await storage.get_template("0" * 64) == b"template"
    assert await storage.get_template("1" * 64) is None


async def test_a_storage_that_does_not_answer_is_unavailable_and_says_nothing_of_the_object() -> None:
    storage = on_s3("http://127.0.0.1:9")
    object_id = uuid4()
    with pytest.raises(StorageUnavailable) as error:
        await storage.put(object_id, b"x")
    assert str(object_id) not in str(error.value)


async def test_a_bucket_that_is_not_there_is_unavailable(s3: str) -> None:
    given = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "endpoint": s3}
    store = S3Store("nobody-made-it", region="us-east-1", client_options={"allow_http": True}, **given)
    with pytest.raises(StorageUnavailable):
        await Storage(lambda: store).put(uuid4(), b"x")
