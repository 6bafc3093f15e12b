"""What can go wrong with memory, by what one can do about it."""


class StorageError(Exception):
    """Anything that storage raises on purpose."""


class NotFoundError(StorageError):
    """The record does not exist: the caller named something that never was, or that was deleted."""


class ConflictError(StorageError):
    """Somebody else changed the record first: read it again and decide anew."""


class StorageDownError(StorageError):
    """The database cannot be reached or did not promise durability. Nobody's to hide: the webhook answers 503."""


class StorageBusyError(StorageError):
    """Another `serve` or `demo` already runs on this database. Two of them would send everything twice."""


class SchemaError(StorageError):
    """The stored schema is newer than this program, or not ours. Starting would harm it."""
