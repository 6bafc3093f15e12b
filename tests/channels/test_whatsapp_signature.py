"""Only what Meta signed, byte for byte, is read; and only our own word makes an address ours."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from bot.channels.base import RejectedError
from bot.channels.whatsapp.signature import challenge, verify
from tests.channels.whatsapp import SECRET, body, change, quick_reply, signed

BODY = body(change(messages=[quick_reply("k1:ok:n:1:ok")]))
DIGEST = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("name", ["X-Hub-Signature-256", "x-hub-signature-256", "X-HUB-SIGNATURE-256"])
def test_signed_body_is_taken_whatever_the_case_of_the_header(name: str) -> None:
    verify(BODY, {name: f"sha256={DIGEST}"}, [SECRET.encode()])


def test_either_secret_serves_while_they_are_changed() -> None:
    verify(BODY, signed(BODY), [b"new-secret", SECRET.encode()])


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256=",
        DIGEST,
        f"sha1={DIGEST}",
        f"sha256={DIGEST.upper()}",
        f"sha256={DIGEST}0",
        "sha256=é",
        "確認",
        "\udcff",
    ],
)
def test_odd_header_is_refused_and_breaks_nothing(header: str) -> None:
    with pytest.raises(RejectedError) as refusal:
        verify(BODY, {"X-Hub-Signature-256": header}, [SECRET.encode()])
    assert (refusal.value.status, refusal.value.reason) == (401, "signature")


def test_missing_header_and_changed_body_are_refused() -> None:
    for raw, headers in ((BODY, {}), (BODY + b" ", signed(BODY))):
        with pytest.raises(RejectedError):
            verify(raw, headers, [SECRET.encode()])


def test_signature_is_over_the_bytes_and_not_over_what_they_mean() -> None:
    """A body written again, with the same meaning and escapes for Japanese, is another body."""
    escaped = BODY.decode().encode("ascii", errors="backslashreplace")
    with pytest.raises(RejectedError):
        verify(escaped, signed(BODY), [SECRET.encode()])


def test_question_is_answered_with_the_bare_challenge() -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "our-word"}
    assert challenge(query, "our-word") == "1158201444"


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "another"},
        {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "確認\udcff"},
        {"hub.mode": "unsubscribe", "hub.challenge": "1", "hub.verify_token": "our-word"},
    ],
)
def test_question_without_our_word_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(RejectedError) as refusal:
        challenge(query, "our-word")
    assert refusal.value.status == 403
