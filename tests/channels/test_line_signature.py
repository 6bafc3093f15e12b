"""Only what LINE signed, byte for byte, is read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from linebot.v3 import SignatureValidator

from bot.channels.base import RejectedError
from bot.channels.line.signature import verify
from tests.channels.payloads import FOLDER

VECTORS: list[dict[str, Any]] = json.loads((FOLDER / "signatures.json").read_text(encoding="utf-8"))


def _verify(vector: dict[str, Any], name: str = "x-line-signature") -> None:
    headers = {} if vector["signature"] is None else {name: vector["signature"]}
    verify(vector["body"].encode(), headers, [secret.encode() for secret in vector["secrets"]])


@pytest.mark.parametrize("vector", [v for v in VECTORS if v["genuine"]], ids=lambda v: v["why"])
@pytest.mark.parametrize("name", ["x-line-signature", "X-Line-Signature", "X-LINE-SIGNATURE"])
def test_genuine_body_is_taken_whatever_the_case_of_the_header(vector: dict[str, Any], name: str) -> None:
    _verify(vector, name)
    judges = [SignatureValidator(secret) for secret in vector["secrets"]]
    assert any(judge.validate(vector["body"], vector["signature"]) for judge in judges)


@pytest.mark.parametrize("vector", [v for v in VECTORS if not v["genuine"]], ids=lambda v: v["why"])
def test_forged_or_altered_body_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(RejectedError) as refusal:
        _verify(vector)
    assert (refusal.value.status, refusal.value.reason) == (401, "signature")


def test_signature_covers_bytes_that_are_no_text() -> None:
    with pytest.raises(RejectedError):
        verify(b"\xff\xfe\x00", {"x-line-signature": "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="}, [b"secret"])
