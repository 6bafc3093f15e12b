"""The one file that knows the driver: the client and its durability, the calls we make, and what its errors mean.

Motor is in its last maintenance year. Its successor, `pymongo.AsyncMongoClient`, differs in three places, all of them
here: the class that `connect` makes, `aggregate` (a coroutine there), and `close` (to be awaited there).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ReturnDocument, UpdateOne
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    DuplicateKeyError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from storage.errors import ConflictError, StorageDownError
from storage.mongo.values import UNSTORABLE

T = TypeVar("T")

Document = dict[str, Any]
Where = Mapping[str, Any]
Sort = Sequence[tuple[str, int]]

DEFAULT_DATABASE = "kakunin"

META = "meta"
"""The collection of single documents: schema, organisation, counter."""

DURABLE: Mapping[str, Any] = {
    "w": "majority",
    "journal": True,
    "retryWrites": True,
    "retryReads": True,
    "readPreference": "primary",
    "tz_aware": True,
    "tzinfo": UTC,
    "uuidRepresentation": "standard",
}
"""What the promises rest on: an address (URI) cannot weaken it."""

DEFAULTS: Mapping[str, Any] = {
    "appname": "kakunin",
    "serverSelectionTimeoutMS": 2_000,
    "connectTimeoutMS": 2_000,
    "socketTimeoutMS": 10_000,
    "wTimeoutMS": 5_000,
}
"""What an address may set otherwise, in milliseconds."""

DUPLICATE_KEY = 11000


class TakenError(ConflictError):
    """A unique value other than `_id` belongs to another document; `field` says which."""

    def __init__(self, field: str) -> None:
        super().__init__(f"somebody else has this {field}")
        self.field = field


@contextmanager
def translated() -> Iterator[None]:
    """Every failure of the driver becomes StorageDownError: what was asked for was not, or not surely, done.

    Duplicate keys are no failures; whoever can meet one handles it inside. The words never carry a stored value.
    """
    try:
        yield
    except DuplicateKeyError:
        raise
    except (ConnectionFailure, ConfigurationError) as exc:
        raise StorageDownError(f"MongoDB: {exc}") from exc
    except OperationFailure as exc:
        raise StorageDownError(f"MongoDB: {type(exc).__name__} {exc.code} {_code_name(exc.details)}".rstrip()) from exc
    except PyMongoError as exc:
        raise StorageDownError(f"MongoDB: {type(exc).__name__}") from exc


def _code_name(details: Mapping[str, Any] | None) -> str:
    """What a volunteer can look up: AuthenticationFailed, NotWritablePrimary ..."""
    return str((details or {}).get("codeName", ""))


async def together(*steps: Awaitable[T]) -> list[T]:
    """Run the steps at the same time and wait for every one of them; the first failure is raised when all ended."""
    results = await asyncio.gather(*steps, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]


def _field(error: Mapping[str, Any]) -> str:
    """The unique field that an E11000 is about: from its key pattern, or from its words on older servers."""
    if pattern := error.get("keyPattern"):
        return str(next(iter(pattern)))
    named = re.search(r"index: (\S+?)_-?\d+ ", error.get("errmsg", ""))
    return named[1] if named else "_id"


def _duplicates(exc: BulkWriteError) -> set[int]:
    """Positions whose `_id` was there already. Raises whatever else stood in the way."""
    details = exc.details
    errors = details["writeErrors"]
    if details["writeConcernErrors"] or any(e["code"] != DUPLICATE_KEY for e in errors):
        code = (errors or details["writeConcernErrors"])[0].get("code")
        raise StorageDownError(f"MongoDB: BulkWriteError {code}") from exc
    for error in errors:
        if (field := _field(error)) != "_id":
            raise TakenError(field) from exc
    return {error["index"] for error in errors}


class Table:
    """A collection and the few calls we make on it, each translated. No call here is a verb of the protocols."""

    def __init__(self, collection: Any) -> None:
        self._collection = collection

    async def find(
        self, where: Where, *, sort: Sort = (), limit: int | None = None, fields: Collection[str] = ()
    ) -> list[Document]:
        """All that match, at most `limit`, in one round trip where they fit into one answer."""
        if limit is not None and limit < 1:
            return []
        with translated(), suppress(*UNSTORABLE):
            cursor = self._collection.find(
                where,
                dict.fromkeys(fields, 1) or None,
                sort=list(sort) or None,
                limit=limit or 0,
                batch_size=limit or 10_000,
            )
            documents: list[Document] = await cursor.to_list(None)
            return documents
        return []

    async def first(self, where: Where, *, sort: Sort = (), fields: Collection[str] = ()) -> Document | None:
        """The first that matches."""
        with translated(), suppress(*UNSTORABLE):
            found: Document | None = await self._collection.find_one(
                where, dict.fromkeys(fields, 1) or None, sort=list(sort) or None
            )
            return found
        return None

    async def each(self, where: Where) -> AsyncIterator[Document]:
        """All that match, in batches, never all in memory."""
        with translated():
            async for document in self._collection.find(where, batch_size=1_000):
                yield document

    async def aggregate(self, steps: Sequence[Mapping[str, Any]]) -> list[Document]:
        """Grouping done by the server."""
        with translated():
            answer: list[Document] = await self._collection.aggregate(list(steps)).to_list(None)
            return answer

    async def count(self, where: Where) -> int:
        """How many match."""
        with translated():
            number: int = await self._collection.count_documents(where)
            return number

    async def insert(self, document: Document) -> bool:
        """Add it. False if its `_id` was there already. Raises: TakenError."""
        with translated():
            try:
                await self._collection.insert_one(document)
            except DuplicateKeyError as exc:
                if (field := _field(exc.details or {})) != "_id":
                    raise TakenError(field) from exc
                return False
            return True

    async def insert_all(self, documents: Sequence[Any]) -> set[int]:
        """Add them in one round trip; the positions of those whose `_id` was there already.

        A duplicate is as durable as an insert: the write concern waits for what the server had written before, too.
        """
        if not documents:
            return set()
        with translated():
            try:
                await self._collection.insert_many(documents, ordered=False)
            except BulkWriteError as exc:
                return _duplicates(exc)
            return set()

    async def update(self, where: Where, change: Mapping[str, Any]) -> bool:
        """Change the one that matches. True if there was one. Raises: TakenError."""
        with translated():
            try:
                answer = await self._collection.update_one(where, change)
            except DuplicateKeyError as exc:
                raise TakenError(_field(exc.details or {})) from exc
            return bool(answer.matched_count)

    async def update_all(self, where: Where, change: Mapping[str, Any]) -> int:
        """Change all that match; how many. A lost connection is tried once more: the driver repeats single writes only,
        and each of ours leaves the same state when it is repeated."""
        with translated():
            try:
                answer = await self._collection.update_many(where, change)
            except ServerSelectionTimeoutError:
                raise
            except AutoReconnect:
                answer = await self._collection.update_many(where, change)
            return int(answer.modified_count)

    async def swap(self, where: Where, change: Mapping[str, Any]) -> Document | None:
        """Change the one that matches; the document as it stands then, None if none matches."""
        with translated():
            found: Document | None = await self._collection.find_one_and_update(
                where, change, return_document=ReturnDocument.AFTER
            )
            return found

    async def bulk(self, steps: Sequence[UpdateOne], *, ordered: bool = False) -> int:
        """Single updates in one round trip; how many documents they changed. Raises: TakenError.

        Two upserts of the same `_id` can meet; the one that loses is made again.
        """
        if not steps:
            return 0
        with translated():
            try:
                answer = await self._collection.bulk_write(list(steps), ordered=ordered)
            except BulkWriteError as exc:
                _duplicates(exc)
                answer = await self._collection.bulk_write(list(steps), ordered=ordered)
            return int(answer.modified_count)

    async def delete_all(self, where: Where) -> int:
        """Delete all that match; how many."""
        with translated():
            answer = await self._collection.delete_many(where)
            return int(answer.deleted_count)

    async def create_indexes(self, indexes: Sequence[Any]) -> None:
        """Make them unless they are there; writes go on meanwhile."""
        with translated():
            await self._collection.create_indexes(list(indexes))


class Connection:
    """A client and the database that its address names."""

    def __init__(self, client: Any, database: str) -> None:
        self._client = client
        self._database = client[database]
        self._tables: dict[str, Table] = {}

    def table(self, name: str) -> Table:
        """The collection of this name, made once: the driver makes two objects for each and checks their options."""
        if name not in self._tables:
            self._tables[name] = Table(self._database[name])
        return self._tables[name]

    async def tables(self) -> set[str]:
        """Names of the collections that exist."""
        with translated():
            return set(await self._database.list_collection_names())

    async def hello(self) -> Document:
        """What the server says of itself."""
        with translated():
            answer: Document = await self._client.admin.command("hello")
            return answer

    async def close(self) -> None:
        self._client.close()


def connect(uri: str, database: str | None = None) -> Connection:
    """A connection to the database in the address's path. Nothing goes over the wire yet.

    Raises: StorageDownError, if the address cannot be read.
    """
    parts = urlsplit(uri)
    given = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    options = {name: value for name, value in DEFAULTS.items() if name.lower() not in given}
    try:
        with translated():
            client = AsyncIOMotorClient(uri, **options, **DURABLE)
    except ValueError as exc:
        raise StorageDownError(f"MongoDB: {exc}") from exc
    return Connection(client, database or unquote(parts.path.lstrip("/")) or DEFAULT_DATABASE)
