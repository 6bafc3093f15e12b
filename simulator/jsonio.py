"""JSON as the platforms write it: compact UTF-8. orjson when it is installed, the standard library otherwise."""

import json
from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]

ParseError = json.JSONDecodeError  # orjson's own error is a subclass of it

try:
    import orjson
except ImportError:  # pragma: no cover - exercised only where orjson is missing

    def dumps(value: Any) -> bytes:
        """Write compact UTF-8 bytes."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def loads(raw: bytes) -> Any:
        """Read JSON bytes. Raises: ParseError."""
        try:
            return json.loads(raw.decode())
        except UnicodeDecodeError as error:
            raise ParseError(str(error), "", 0) from error

else:

    def dumps(value: Any) -> bytes:
        """Write compact UTF-8 bytes."""
        return orjson.dumps(value)

    def loads(raw: bytes) -> Any:
        """Read JSON bytes. Raises: ParseError."""
        return orjson.loads(raw)
