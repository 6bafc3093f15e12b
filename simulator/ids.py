"""Identifiers that nobody can guess: hexadecimal ones and ULIDs."""

import secrets

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(at_ms: int) -> str:
    """A ULID for that millisecond: 48 bits of time, 80 random bits, 26 characters of Crockford's base 32."""
    number = (at_ms & (1 << 48) - 1) << 80 | secrets.randbits(80)
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def hex_id(prefix: str) -> str:
    """`prefix` and 32 hexadecimal digits, the shape of LINE's user and group ids."""
    return prefix + secrets.token_hex(16)
