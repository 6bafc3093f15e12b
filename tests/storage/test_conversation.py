"""Drafts, codes and the audit."""

from __future__ import annotations

import asyncio

import pytest

from storage.base import Storage
from storage.errors import ConflictError, NotFoundError
from storage.models import CodePurpose, Coverage, DraftState
from tests.factories import NOW, after, make_audit_entry, make_code, make_draft


async def test_a_draft_comes_back_as_given(storage: Storage) -> None:
    given = make_draft(
        state=DraftState.PREVIEW,
        asking="deadline",
        title="避難訓練",
        lines=("一", "", "\x00😀"),
        groups=("1年A組",),
        everyone=True,
        everyone_agreed=True,
        deadline_at=after(days=1),
        deadline_settled=True,
        expires_at=after(days=2),
        send_at=after(hours=3),
        reminders=(after(hours=5), after(hours=9)),
        choices=("出席", "欠席"),
        coverage=Coverage.EVERY,
        urgent=True,
        events=("e1", "e2"),
    )
    assert await storage.drafts.start(given) == given
    assert await storage.drafts.get(given.id) == given
    for reminders in (None, ()):
        kept = await storage.drafts.save((await storage.drafts.get(given.id) or given).but(reminders=reminders))
        assert await storage.drafts.get(given.id) == kept
        assert kept.reminders == reminders
    assert await storage.drafts.get("nothing") is None
    assert await storage.drafts.get("\ud800") is None


async def test_a_draft_started_twice_is_stored_once(storage: Storage) -> None:
    await storage.drafts.start(make_draft())
    saved = await storage.drafts.save(make_draft(title="新しい題"))
    assert await storage.drafts.start(make_draft()) == saved
    assert await storage.drafts.get("draft-1") == saved


async def test_starting_cancels_the_owners_older_open_drafts(storage: Storage) -> None:
    await storage.drafts.start(make_draft("old"))
    await storage.drafts.start(make_draft("sent", state=DraftState.SENDING))
    await storage.drafts.start(make_draft("other", owner="nurse"))
    await storage.drafts.start(make_draft("new", created_at=after(minutes=1)))
    states = {d: (await storage.drafts.get(d)) for d in ("old", "sent", "other", "new")}
    assert {i: d.state for i, d in states.items() if d} == {
        "old": DraftState.CANCELLED,
        "sent": DraftState.SENDING,
        "other": DraftState.COLLECTING,
        "new": DraftState.COLLECTING,
    }


async def test_the_current_draft_is_the_newest_neither_sent_nor_cancelled(storage: Storage) -> None:
    assert await storage.drafts.current("office") is None
    newer = await storage.drafts.start(make_draft("newer", created_at=after(minutes=1)))
    await storage.drafts.start(make_draft("older"))
    assert await storage.drafts.current("office") == newer
    await storage.drafts.save(newer.but(state=DraftState.SENDING))
    older = await storage.drafts.current("office")
    assert older is not None
    assert older.id == "older"
    await storage.drafts.save(older.but(state=DraftState.CANCELLED))
    assert await storage.drafts.current("office") is None


async def test_saving_raises_the_revision_by_one(storage: Storage) -> None:
    draft = await storage.drafts.start(make_draft())
    saved = await storage.drafts.save(draft.but(title="題"))
    assert saved == draft.but(title="題", revision=1)
    assert await storage.drafts.get(draft.id) == saved


async def test_a_draft_changed_in_between_is_a_conflict(storage: Storage) -> None:
    draft = await storage.drafts.start(make_draft())
    saved = await storage.drafts.save(draft.but(title="first"))
    with pytest.raises(ConflictError):
        await storage.drafts.save(draft.but(title="second"))
    assert await storage.drafts.get(draft.id) == saved


async def test_of_many_who_save_the_same_revision_one_wins(storage: Storage) -> None:
    draft = await storage.drafts.start(make_draft())
    results = await asyncio.gather(
        *(storage.drafts.save(draft.but(title=f"{n}")) for n in range(8)), return_exceptions=True
    )
    (winner,) = [r for r in results if not isinstance(r, BaseException)]
    assert sum(isinstance(r, ConflictError) for r in results) == 7
    assert await storage.drafts.get(draft.id) == winner


async def test_a_draft_cancelled_by_a_newer_one_is_not_saved_open_again(storage: Storage) -> None:
    seen = await storage.drafts.start(make_draft("old"))
    await storage.drafts.start(make_draft("new", created_at=after(minutes=1)))
    with pytest.raises(ConflictError):
        await storage.drafts.save(seen.but(state=DraftState.PREVIEW))


async def test_saving_what_was_never_started_is_an_error(storage: Storage) -> None:
    with pytest.raises(NotFoundError):
        await storage.drafts.save(make_draft("nothing"))
    assert await storage.drafts.get("nothing") is None


async def test_a_code_comes_back_as_given(storage: Storage) -> None:
    given = make_code(purpose=CodePurpose.ADMINISTRATOR, name="事務室", expires_at=after(milliseconds=5))
    await storage.codes.add([given])
    assert await storage.codes.get(given.id) == given
    assert await storage.codes.get("nothing") is None
    await storage.codes.add([])


async def test_a_code_added_again_is_left_as_it_is(storage: Storage) -> None:
    await storage.codes.add([make_code()])
    offered = await storage.codes.offer("hash-1", "line:U1")
    await storage.codes.add([make_code(name="another")])
    assert await storage.codes.get("hash-1") == offered


async def test_older_unused_codes_for_the_same_contact_and_purpose_expire(storage: Storage) -> None:
    await storage.codes.add(
        [
            make_code("old"),
            make_code("other-contact", contact="1002-1"),
            make_code("other-purpose", purpose=CodePurpose.ADMINISTRATOR),
            make_code("used", offered_to="line:U1", used_by="line:U1", used_at=NOW),
            make_code("expired", expires_at=after(minutes=1)),
        ]
    )
    new = make_code("new", created_at=after(hours=1))
    for _ in range(2):
        await storage.codes.add([new])
        found = {c: await storage.codes.get(c) for c in ("old", "other-contact", "other-purpose", "used", "expired")}
        assert {i: c.expires_at for i, c in found.items() if c} == {
            "old": after(hours=1),
            "other-contact": after(days=30),
            "other-purpose": after(days=30),
            "used": after(days=30),
            "expired": after(minutes=1),
        }
    await storage.codes.add([make_code("old")])
    assert await storage.codes.get("new") == new, "an older code added again takes nothing from a newer one"


async def test_in_one_batch_the_newest_code_stays_whatever_comes_first(storage: Storage) -> None:
    await storage.codes.add([make_code("new", created_at=after(hours=1)), make_code("old")])
    assert await storage.codes.get("old") == make_code("old", expires_at=after(hours=1))
    assert await storage.codes.get("new") == make_code("new", created_at=after(hours=1))


async def test_who_was_asked_is_noted_while_nobody_has_used_it(storage: Storage) -> None:
    await storage.codes.add([make_code()])
    for user in ("line:U1", "line:U2", "line:U2"):
        assert await storage.codes.offer("hash-1", user) == make_code(offered_to=user)
    used = await storage.codes.take("hash-1", "line:U2", NOW)
    assert used == make_code(offered_to="line:U2", used_by="line:U2", used_at=NOW)
    assert await storage.codes.offer("hash-1", "line:U3") == used
    assert await storage.codes.offer("nothing", "line:U1") is None


async def test_a_code_is_used_by_whom_it_was_offered_to_and_by_nobody_else(storage: Storage) -> None:
    await storage.codes.add([make_code()])
    assert await storage.codes.take("hash-1", "line:U1", NOW) == make_code(), "nobody was asked yet"
    await storage.codes.offer("hash-1", "line:U1")
    assert await storage.codes.take("hash-1", "line:U2", NOW) == make_code(offered_to="line:U1")
    used = make_code(offered_to="line:U1", used_by="line:U1", used_at=after(minutes=1))
    for minutes in (1, 2):
        assert await storage.codes.take("hash-1", "line:U1", after(minutes=minutes)) == used
    assert await storage.codes.take("hash-1", "line:U2", NOW) == used
    assert await storage.codes.take("nothing", "line:U1", NOW) is None


async def test_an_expired_code_cannot_be_used(storage: Storage) -> None:
    await storage.codes.add([make_code(offered_to="line:U1")])
    for at in (after(days=30), after(days=31)):
        code = await storage.codes.take("hash-1", "line:U1", at)
        assert code is not None
        assert code.used_by is None
    code = await storage.codes.take("hash-1", "line:U1", after(days=30, milliseconds=-1))
    assert code is not None
    assert code.used_by == "line:U1"


async def test_of_many_who_take_a_code_one_uses_it(storage: Storage) -> None:
    await storage.codes.add([make_code(offered_to="line:U1")])
    users = [f"line:U{n}" for n in range(4)] * 2
    codes = await asyncio.gather(*(storage.codes.take("hash-1", user, NOW) for user in users))
    assert {c.used_by for c in codes if c} <= {None, "line:U1"}
    final = await storage.codes.get("hash-1")
    assert final is not None
    assert final.used_by == "line:U1"


async def test_a_wrong_try_counts_once_per_event_within_the_hour(storage: Storage) -> None:
    assert await storage.codes.fail("line:U1", "e1", NOW) == 1
    assert await storage.codes.fail("line:U1", "e1", NOW) == 1
    assert await storage.codes.fail("line:U1", "e2", after(minutes=59)) == 2
    assert await storage.codes.fail("line:U2", "e3", after(minutes=59)) == 1
    assert await storage.codes.fail("line:U1", "e4", after(minutes=61)) == 2
    assert await storage.codes.fail("line:U1", "e2", after(minutes=59)) == 2, (
        "later tries do not count before their time"
    )


async def test_wrong_tries_are_told_oldest_first_from_a_moment_on(storage: Storage) -> None:
    for event, minutes in (("b", 2), ("a", 1), ("c", 3), ("old", -1)):
        await storage.codes.fail("line:U1", event, after(minutes=minutes))
    await storage.codes.fail("line:U2", "x", NOW)
    assert await storage.codes.failures("line:U1", after(minutes=1)) == [after(minutes=m) for m in (1, 2, 3)]
    assert await storage.codes.failures("nobody", NOW) == []


async def test_an_audit_entry_is_kept_once(storage: Storage) -> None:
    given = make_audit_entry(subject="notice-1", details={"a.b": "1", "$x": "二", "": "\x00"})
    await storage.audit.add(given)
    await storage.audit.add(given.but(actor="somebody else"))
    assert await storage.audit.page(10) == [given]


async def test_the_audit_reads_newest_first_by_time_then_id(storage: Storage) -> None:
    for entry, minutes in (("b", 1), ("a", 1), ("c", 0), ("d", 2)):
        await storage.audit.add(make_audit_entry(entry, at=after(minutes=minutes)))
    assert [e.id for e in await storage.audit.page(10)] == ["d", "b", "a", "c"]
    assert [e.id for e in await storage.audit.page(2)] == ["d", "b"]
    assert [e.id for e in await storage.audit.page(2, before="b")] == ["a", "c"]
    assert await storage.audit.page(2, before="c") == []
    assert await storage.audit.page(2, before="nothing") == []
