"""Opening MongoDB: what an address may say, and which databases are refused."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import pytest

from storage.errors import SchemaError, StorageDownError
from storage.mongo import open_mongo
from storage.mongo.connection import connect
from storage.mongo.schema import VERSION
from tests.mongodb import server
from tests.mongodb.proxy import Proxy
from tests.mongodb.server import Server


def name_of(uri: str) -> str:
    return urlsplit(uri).path.lstrip("/")


@pytest.fixture
def documents(mongodb: str, mongodb_server: Server) -> Any:
    """The test's database as another program sees it."""
    return mongodb_server.database(name_of(mongodb))


async def test_an_address_cannot_weaken_what_the_promises_rest_on() -> None:
    connection = connect("mongodb://127.0.0.1/?w=1&journal=false&retryWrites=false&readPreference=secondary")
    client = connection._client
    assert client.write_concern.document == {"w": "majority", "j": True, "wtimeout": 5000}
    assert client.read_preference.name == "Primary"
    assert client.options.retry_writes is True
    await connection.close()


async def test_an_address_may_set_the_patience() -> None:
    connection = connect("mongodb://127.0.0.1/?wtimeoutms=700&ServerSelectionTimeoutMS=900")
    assert connection._client.write_concern.document["wtimeout"] == 700
    assert connection._client.options.server_selection_timeout == 0.9
    await connection.close()


@pytest.mark.parametrize(
    ("uri", "database", "expected"),
    [
        ("mongodb://127.0.0.1/", None, "kakunin"),
        ("mongodb://127.0.0.1", None, "kakunin"),
        ("mongodb://127.0.0.1/school?tz_aware=true", None, "school"),
        ("mongodb://127.0.0.1/school", "other", "other"),
    ],
)
async def test_the_database_is_the_one_in_the_path(uri: str, database: str | None, expected: str) -> None:
    connection = connect(uri, database)
    assert connection._database.name == expected
    await connection.close()


@pytest.mark.parametrize("uri", ["postgres://127.0.0.1/", "mongodb://127.0.0.1:port/", "mongodb://", ""])
async def test_an_address_that_cannot_be_read_is_told(uri: str) -> None:
    with pytest.raises(StorageDownError, match="MongoDB: "):
        await open_mongo(uri)


async def test_a_server_that_does_not_answer_is_told_soon() -> None:
    with Proxy(1) as nobody:
        uri = f"mongodb://127.0.0.1:{nobody.port}/?serverSelectionTimeoutMS=200"
        nobody.go_away()
        with pytest.raises(StorageDownError, match="refused"):
            await open_mongo(uri)


async def test_a_server_that_cannot_repeat_a_write_safely_is_refused(mongodb_server: Server) -> None:
    source = server.find()
    if source is None or source.kind == "uri":
        pytest.skip("TEST_MONGODB_URI names a server; one that is no replica set cannot be started from it")
    alone = server.start(source, is_replica_set=False)
    try:
        with pytest.raises(StorageDownError, match="replica set"):
            await open_mongo(alone.uri)
    finally:
        alone.stop()


async def test_a_database_has_one_organisation_however_often_it_is_opened_at_once(mongodb: str) -> None:
    homes = await asyncio.gather(*(open_mongo(mongodb) for _ in range(4)))
    ids = {await home.organization_id() for home in homes}
    for home in homes:
        await home.close()
    again = await open_mongo(mongodb)
    assert ids == {await again.organization_id()}
    await again.close()


async def test_a_newer_database_is_refused(mongodb: str, documents: Any) -> None:
    await (await open_mongo(mongodb)).close()
    documents.meta.update_one({"_id": "schema"}, {"$set": {"version": VERSION + 1}})
    with pytest.raises(SchemaError, match="newer"):
        await open_mongo(mongodb)


async def test_somebody_elses_database_is_refused_and_left_alone(mongodb: str, documents: Any) -> None:
    documents.customers.insert_one({"_id": 1})
    with pytest.raises(SchemaError, match="customers"):
        await open_mongo(mongodb)
    assert documents.list_collection_names() == ["customers"]


async def test_what_was_stopped_while_it_was_prepared_is_prepared_when_it_starts_again(
    mongodb: str, documents: Any
) -> None:
    documents.meta.insert_one({"_id": "schema", "version": VERSION})
    documents.create_collection("members")
    home = await open_mongo(mongodb)
    assert documents.contacts.index_information()["keys_1"]["unique"]
    await home.close()
