"""Why somebody is part of 未確認: exactly one reason each, and never an accusation by a guess."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from handlers.commands.pending import error_words, hints, reason_words
from handlers.reasons import Explanation, Reason, concerned, explain, whose
from handlers.wording import LOCALES, Words
from storage.models import (
    Address,
    AddressState,
    Answer,
    Confirmation,
    Contact,
    Coverage,
    Outgoing,
    OutgoingState,
    Reach,
    Receipt,
    SkipReason,
    Totals,
)
from tests.factories import make_outgoing
from tests.handlers.commands_house import ZONE

NOW = datetime(2026, 11, 29, 1, 0, tzinfo=UTC)
CONTACTS = ("mother", "father", "aunt")


def person(contact: str, state: AddressState | None = AddressState.ACTIVE, relationship: str = "") -> Contact:
    addresses = (Address(channel="line", value=f"U-{contact}", state=state, state_at=NOW),) if state else ()
    return Contact(id=contact, name=contact, relationship=relationship, addresses=addresses)


def receipt(*contacts: str, coverage: Coverage = Coverage.ANY, answered: tuple[str, ...] = ()) -> Receipt:
    first = Confirmation(NOW, "event")
    return Receipt(
        notice="n",
        member="m",
        name="青木",
        sort_key="m",
        contacts=contacts,
        coverage=coverage,
        answers={contact: Answer(first, first) for contact in answered},
    )


def call(*recipients: str, skipped: tuple[str, ...] = (), **fields: Any) -> Outgoing:
    left_out = tuple((contact, SkipReason.UNREGISTERED) for contact in skipped)
    return make_outgoing(**{"recipients": recipients, "skipped": left_out, "state": OutgoingState.ACCEPTED, **fields})


def reason(
    one: Receipt, people: list[Contact], calls: list[Outgoing], uncarried: Reason = Reason.NOT_SENT
) -> Explanation:
    carrying = dict.fromkeys(CONTACTS, calls)
    return explain(one, {p.id: p for p in people}, carrying, uncarried)


def test_a_member_without_contacts_has_none() -> None:
    assert reason(receipt(), [], []).reason is Reason.NO_CONTACT


def test_contacts_that_left_the_roster_are_no_contacts() -> None:
    assert reason(receipt("mother"), [], []).reason is Reason.NO_CONTACT


def test_the_family_member_nearest_to_a_confirmation_speaks_for_the_receipt() -> None:
    family = [person("mother"), person("father", AddressState.BLOCKED), person("aunt", None)]
    found = reason(receipt(*CONTACTS), family, [call("mother")])
    assert found == Explanation(Reason.NOT_PRESSED, (family[0],))


def test_where_everyone_is_needed_the_obstacle_speaks() -> None:
    family = [person("mother"), person("father", AddressState.BLOCKED)]
    found = reason(receipt("mother", "father", coverage=Coverage.EVERY), family, [call("mother")])
    assert found == Explanation(Reason.BLOCKED, (family[1],))


def test_who_has_answered_is_not_the_reason() -> None:
    family = [person("mother", AddressState.BLOCKED), person("father")]
    one = receipt("mother", "father", coverage=Coverage.EVERY, answered=("mother",))
    assert reason(one, family, [call("father")]).people == (family[1],)


def test_a_person_known_under_two_ids_is_one_person() -> None:
    mother = person("mother").but(absorbed=("aunt",))
    found = explain(
        receipt("mother", "aunt"), {"mother": mother, "aunt": mother}, {"aunt": [call("aunt")]}, Reason.WAITING
    )
    assert found == Explanation(Reason.NOT_PRESSED, (mother,))


def test_a_call_that_skipped_a_contact_does_not_carry_it() -> None:
    found = reason(receipt("mother"), [person("mother")], [call("father", skipped=("mother",))])
    assert found.reason is Reason.NOT_SENT


def test_who_was_only_left_alone_for_the_day_is_called_that() -> None:
    left_alone = replace(call("father"), skipped=(("mother", SkipReason.CAPPED),))
    assert reason(receipt("mother"), [person("mother")], [left_alone]).reason is Reason.CAPPED
    assert reason(receipt("mother"), [person("mother")], [left_alone, call("mother")]).reason is Reason.NOT_PRESSED
    assert reason(receipt("mother"), [person("mother")], [left_alone], Reason.WAITING).reason is Reason.WAITING


def test_who_blocked_us_after_an_accepted_copy_is_called_blocked() -> None:
    found = reason(receipt("mother"), [person("mother", AddressState.BLOCKED)], [call("mother")])
    assert found.reason is Reason.BLOCKED


def test_a_refused_copy_does_not_hide_a_reminder_that_was_accepted() -> None:
    calls = [call("mother", state=OutgoingState.REFUSED, error="400"), call("mother")]
    assert reason(receipt("mother"), [person("mother")], calls).reason is Reason.NOT_PRESSED


def test_a_call_that_is_clearly_refused_so_far_waits_and_one_without_an_answer_is_on_its_way() -> None:
    for is_doubtful, expected in ((False, Reason.WAITING), (True, Reason.SENDING)):
        calls = [call("mother", state=OutgoingState.SENDING, error="429; monthly limit", is_doubtful=is_doubtful)]
        assert reason(receipt("mother"), [person("mother")], calls).reason is expected


def test_a_fulfilled_receipt_needs_no_reason() -> None:
    with pytest.raises(ValueError, match="fulfilled"):
        reason(receipt("mother", answered=("mother",)), [person("mother")], [])


def test_guardians_are_named_only_where_somebody_has_to_be_spoken_to() -> None:
    mother = person("mother", relationship="母")
    one = receipt("mother")
    assert concerned(Explanation(Reason.NOT_PRESSED, (mother,)), one) == ()
    assert concerned(Explanation(Reason.BLOCKED, (mother,)), one) == ("母",)
    assert concerned(Explanation(Reason.NOT_PRESSED, (mother,)), receipt("mother", coverage=Coverage.EVERY)) == ("母",)
    assert whose(person("mother").but(name="青木"), one) == ""
    assert whose(None, one) == ""


@pytest.mark.parametrize("locale", LOCALES)
def test_every_reason_has_words_and_says_what_to_do(locale: str) -> None:
    words = Words(locale, ZONE)
    assert len({reason_words(r, words) for r in Reason}) == len(Reason)
    assert len(hints([Explanation(r) for r in Reason], words)) == len(Reason)
    errors = ("429; You have reached your monthly limit.", "401; x", "403", "429; slow down", "expired", "stopped")
    assert all(error_words(error, words) for error in errors)
    assert error_words("400; Failed to send messages", words) == ""


# Any organisation


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Receipt], dict[str, Contact], dict[str, list[Outgoing]], Reason]:
    states = st.sampled_from([None, AddressState.ACTIVE, AddressState.BLOCKED])
    people = {c: person(c, draw(states)) for c in CONTACTS if draw(st.booleans())}
    some = st.lists(st.sampled_from(CONTACTS), unique=True, max_size=3).map(tuple)
    receipts = [
        receipt(*contacts, coverage=draw(st.sampled_from(Coverage)), answered=draw(some))
        for contacts in draw(st.lists(some, max_size=8))
    ]
    calls = [
        call(
            *draw(some),
            state=draw(st.sampled_from(OutgoingState)),
            error=draw(st.sampled_from([None, "400", "expired"])),
            is_doubtful=draw(st.booleans()),
            skipped=draw(some),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    uncarried = draw(st.sampled_from([Reason.WAITING, Reason.NOT_SENT, Reason.DROPPED]))
    return receipts, people, dict.fromkeys(CONTACTS, calls), uncarried


@given(worlds())
def test_every_open_receipt_has_exactly_one_reason_and_they_sum_to_the_unconfirmed(
    world: tuple[list[Receipt], dict[str, Contact], dict[str, list[Outgoing]], Reason],
) -> None:
    receipts, people, calls, uncarried = world
    reasons = Counter(explain(r, people, calls, uncarried).reason for r in receipts if r.is_open)
    assert reasons.total() == Totals.of(receipts).unconfirmed


@given(worlds())
def test_nobody_is_said_not_to_have_pressed_without_an_accepted_copy(
    world: tuple[list[Receipt], dict[str, Contact], dict[str, list[Outgoing]], Reason],
) -> None:
    receipts, people, calls, uncarried = world
    for one in (r for r in receipts if r.is_open):
        found = explain(one, people, calls, uncarried)
        assert all(p.id in one.contacts and p.id not in one.answers for p in found.people)
        if found.reason is Reason.NOT_PRESSED:
            for p in found.people:
                accepted = [c for c in calls[p.id] if c.state is OutgoingState.ACCEPTED]
                assert p.reach is Reach.REACHABLE
                assert any(r.contact == p.id for c in accepted for r in c.recipients)
        if all(c not in people or people[c].reach is not Reach.REACHABLE for c in one.contacts):
            assert found.reason in {Reason.NO_CONTACT, Reason.UNREGISTERED, Reason.BLOCKED}
