"""What Meta's answers mean: by numeric code, and never a guess that could send twice."""

from __future__ import annotations

import json

import pytest

from bot.channels.base import Failure, SendError
from bot.channels.whatsapp.classify import WhatsAppAnswer, accepted, failure_of_report

TABLE = {
    Failure.UNAUTHORIZED: [0, 3, 10, 190, 200, 250, 299, 131005, 131031, 368, 130497, 131042, 131037, 131030, 131063],
    Failure.PAUSED: [4, 80007, 131057],
    Failure.RATE_LIMITED: [130429, 2, 131016],
    Failure.PAIR_LIMITED: [131056],
    Failure.UNREACHABLE: [131026, 131049, 130472, 131062],
    Failure.OPTED_OUT: [131050],
    Failure.WINDOW_CLOSED: [131047],
    Failure.BROKEN: [
        *(100, 131008, 131009, 131048, 131064, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018),
    ],
}
CODES = [(code, failure) for failure, codes in TABLE.items() for code in codes]


def answer(status: int, body: object) -> WhatsAppAnswer:
    """An answer with this JSON."""
    return WhatsAppAnswer(status, body if isinstance(body, bytes) else json.dumps(body).encode(), {})


def failed(status: int, body: object) -> SendError:
    """What such an answer means."""
    with pytest.raises(SendError) as failure:
        accepted(answer(status, body))
    return failure.value


@pytest.mark.parametrize(("code", "failure"), CODES)
@pytest.mark.parametrize("status", [400, 403, 500])
def test_code_decides_whatever_the_status_and_the_title(code: int, failure: Failure, status: int) -> None:
    assert failed(status, {"error": {"code": code, "title": "whatever"}}).failure is failure
    assert failure_of_report([{"code": code}])[0] == failure


@pytest.mark.parametrize("code", [1, 131000, 135000])
def test_something_that_went_wrong_is_unclear_only_where_the_server_says_so(code: int) -> None:
    assert failed(500, {"error": {"code": code}}).failure is Failure.UNKNOWN
    assert failed(400, {"error": {"code": code}}).failure is Failure.RATE_LIMITED
    assert failure_of_report([{"code": code}])[0] == Failure.RATE_LIMITED


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (400, Failure.REFUSED),
        (401, Failure.UNAUTHORIZED),
        (408, Failure.UNKNOWN),
        (413, Failure.REFUSED),
        (429, Failure.RATE_LIMITED),
        (500, Failure.UNKNOWN),
        (502, Failure.UNKNOWN),
        (302, Failure.UNKNOWN),
    ],
)
@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b'{"error":{"code":999999}}', b'{"error":"?"}'])
def test_answer_without_a_code_that_we_know_is_judged_by_its_status(status: int, failure: Failure, body: bytes) -> None:
    assert failed(status, body).failure is failure


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"messages":[]}', b'{"messages":[{}]}', b'{"messages":[{"id":5}]}', b"?"]
)
def test_yes_that_nobody_can_read_may_have_been_one(body: bytes) -> None:
    assert failed(200, body).failure is Failure.UNKNOWN


def test_yes_names_the_message() -> None:
    assert accepted(answer(200, {"messages": [{"id": "wamid.1", "message_status": "accepted"}]})) == "wamid.1"
    assert accepted(answer(200, {"contacts": [], "messages": [{"id": "wamid.1"}]})) == "wamid.1"


def test_message_held_for_a_look_is_neither_sent_nor_failed() -> None:
    held = failed(200, {"messages": [{"id": "wamid.1", "message_status": "held_for_quality_assessment"}]})
    assert (held.failure, held.request_id) == (Failure.HELD, "wamid.1")


def test_reasons_hold_the_code_and_nobodys_number() -> None:
    error = {
        "code": 131026,
        "title": "Message to 819012345678 undeliverable",
        "message": "x",
        "error_data": {"details": "山田"},
    }
    assert failed(400, {"error": error}).reason == "400; 131026; Message to <id> undeliverable"
    assert failure_of_report([error]) == ("unreachable", "failed; 131026; Message to <id> undeliverable")


@pytest.mark.parametrize("errors", [None, [], "x", [{}], [{"code": True}], [{"code": "131026x"}]])
def test_failure_without_a_readable_code_is_final(errors: object) -> None:
    assert failure_of_report(errors)[0] == Failure.REFUSED
