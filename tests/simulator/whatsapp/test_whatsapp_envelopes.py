"""However changes are spread over entries and changes, nothing is lost, added or turned round."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.chats import Chat
from simulator.clock import Clock
from simulator.whatsapp.events import Builder, omit
from simulator.whatsapp.settings import OMISSIONS, Settings
from simulator.whatsapp.world import User

PLACES = ("messages", "statuses", "errors")


def builder() -> Builder:
    return Builder(Settings(), Clock())


def change(kind: str, number: int) -> dict[str, Any]:
    """A change with one item that can be told from all others."""
    if kind == "field":
        return {"field": "account_update", "value": {"number": number}}
    contacts = [{"wa_id": str(number % 3)}] if kind == "messages" else []
    return builder().change(**{kind: [{"number": number}]}, contacts=contacts)


def numbers(changes: list[dict[str, Any]], place: str) -> list[int]:
    return [item["number"] for one in changes for item in one["value"].get(place, [])]


@pytest.mark.parametrize("spread", ["entries", "changes", "items", "mixed"])
@given(kinds=st.lists(st.sampled_from([*PLACES, "field"]), max_size=60))
def test_every_item_arrives_once_and_in_order(spread: str, kinds: list[str]) -> None:
    given_changes = [change(kind, number) for number, kind in enumerate(kinds)]
    before = repr(given_changes)
    body = builder().envelope(given_changes, spread)
    carried = [one for entry in body["entry"] for one in entry["changes"]]
    for place in PLACES:
        assert numbers(carried, place) == numbers(given_changes, place)
    fields = [one["value"]["number"] for one in carried if one["field"] == "account_update"]
    assert fields == [number for number, kind in enumerate(kinds) if kind == "field"]
    for one in carried:
        senders = [contact["wa_id"] for contact in one["value"].get("contacts", [])]
        assert len(senders) == len(set(senders))
    assert repr(given_changes) == before  # what is offered again has to be what was there


@given(names=st.lists(st.sampled_from(OMISSIONS), unique=True))
def test_leaving_things_out_never_touches_ids_times_and_answers(names: list[str]) -> None:
    user = User("W0", "花子", Chat("W0", lambda _: None), "JP.1", "8190", "8190", "hana")
    button = {"payload": "ack1:ref", "text": "確認しました"}
    tap = builder().message(user, "button", button, id="wamid.1", context={"id": "wamid.0"})
    (slim,) = omit([tap], names)
    (message,) = slim["value"]["messages"]
    assert (message["id"], message["button"]) == ("wamid.1", button)
    assert message["timestamp"] == tap["value"]["messages"][0]["timestamp"]
    for name in {"from", "from_user_id", "context"} & set(names):
        assert name not in message
    assert tap["value"]["contacts"][0]["user_id"] == "JP.1"  # the original is whole
