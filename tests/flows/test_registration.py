"""A person says who they are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers import codes
from handlers.buttons import pack_confirm
from storage.base import Storage
from storage.models import AddressState, CodePurpose, Outcome, Role
from tests.flows.test_stops import button
from tests.flows.test_taps import publish, take, tap
from tests.stage import ADMIN, ORGANIZATION, START, Stage, found_school, make_stage, user

CODE = "12345678"


async def stage_with_code(storage: Storage, contact: str = "c3", purpose: CodePurpose = CodePurpose.CONTACT) -> Stage:
    """A school where one code was handed out."""
    await found_school(storage)
    record = codes.record(CODE, purpose, contact, secret=ORGANIZATION.secret, now=START, name="佐々木")
    await storage.codes.add([record])
    return make_stage(storage)


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        "1234-5678",
        "登録 12345678",
        "登録12345678",
        "１２３４ ５６７８",
        "登録コード：1234ー5678",
        "register 1234 5678",
    ],
)
async def test_code_is_read_however_it_is_typed(storage: Storage, typed: str) -> None:
    stage = await stage_with_code(storage)

    assert "児童3さんの母 母3さん" in await stage.say(user(3), typed)


async def test_person_is_registered_only_after_saying_yes(storage: Storage) -> None:
    stage = await stage_with_code(storage)
    await stage.say(user(3), CODE)
    assert await storage.contacts.by_address("line", [user(3)]) == {}

    await stage.arrive(stage.press(user(3), button(stage, "はい")))

    assert "登録しました" in stage.platform.said()
    assert (await storage.contacts.by_address("line", [user(3)]))[user(3)].id == "c3"


async def test_no_leaves_the_code_usable(storage: Storage) -> None:
    stage = await stage_with_code(storage)
    await stage.say(user(3), CODE)

    await stage.arrive(stage.press(user(3), button(stage, "ちがいます")))

    assert "登録しませんでした" in stage.platform.said()
    assert "まちがいありませんか" in await stage.say(user(3), CODE)


async def test_new_person_gets_what_is_open_in_the_free_answer(storage: Storage) -> None:
    stage = await stage_with_code(storage)
    await publish(storage)
    await stage.say(user(3), CODE)

    await stage.arrive(stage.press(user(3), button(stage, "はい")))

    assert "まだ確認がすんでいないお知らせが1件" in stage.platform.said()
    (judged,) = await take(storage, tap(3, minutes=9))
    assert judged.outcome is Outcome.COUNTED


async def test_second_childs_code_makes_one_person_of_two_contacts(storage: Storage) -> None:
    stage = await stage_with_code(storage)
    await publish(storage)
    await stage.say(user(1), CODE)
    await stage.arrive(stage.press(user(1), button(stage, "はい")))

    (judged,) = await take(storage, tap(1, minutes=9))

    assert sorted(r.member for r in judged.receipts) == ["m1", "m3"]


async def test_code_of_somebody_registered_does_not_make_one_person_of_two_people(storage: Storage) -> None:
    stage = await stage_with_code(storage, "c1f")

    assert "別の電話ですでに登録されています" in await stage.say(user(1), CODE)

    father = (await storage.contacts.by_address("line", [user(100)]))[user(100)]
    assert (father.id, father.absorbed_by) == ("c1f", None)


async def test_new_telephone_takes_the_place_of_the_old(storage: Storage) -> None:
    stage = await stage_with_code(storage, "c1")
    stage.clock.advance(minutes=1)
    await stage.say(user(77), CODE)
    await stage.arrive(stage.press(user(77), button(stage, "はい")))
    await publish(storage)

    await stage.run_due()

    assert user(77) in stage.platform.delivered()
    assert user(1) not in stage.platform.delivered()
    (judged,) = await take(storage, tap(1, minutes=9))
    assert judged.outcome is Outcome.COUNTED, "a tap on the old telephone still counts"


async def test_used_code_is_refused_for_others_and_needless_for_its_owner(storage: Storage) -> None:
    stage = await stage_with_code(storage)
    await stage.say(user(3), CODE)
    await stage.arrive(stage.press(user(3), button(stage, "はい")))
    stage.clock.advance(minutes=1)

    assert "すでに使われています" in await stage.say(user(4), CODE)
    assert "あらためて送る必要はありません" in await stage.say(user(3), CODE)


async def test_expired_code_says_so(storage: Storage) -> None:
    stage = await stage_with_code(storage)
    stage.clock.advance(days=61)

    assert "期限が切れています" in await stage.say(user(3), CODE)


async def test_five_wrong_codes_in_an_hour_pause_an_hour(storage: Storage) -> None:
    stage = await stage_with_code(storage)
    for left in (4, 3, 2, 1):
        assert f"あと{left}回" in await stage.say(user(3), "00000000")
        stage.clock.advance(minutes=1)

    assert "お休みしています" in await stage.say(user(3), "00000000")
    assert "お休みしています" in await stage.say(user(3), CODE), "even the right code waits"
    assert "まちがいありませんか" in await stage.say(user(4), CODE), "nobody else is paused"

    stage.clock.advance(minutes=61)
    assert "まちがいありませんか" in await stage.say(user(3), CODE)


async def test_right_lost_since_does_not_come_back_with_an_old_invitation(storage: Storage) -> None:
    stage = await stage_with_code(storage, "admin-2", CodePurpose.ADMINISTRATOR)
    assert "管理者として登録しました" in await stage.say(user(50), CODE)
    await storage.contacts.set_role("admin-2", Role.NONE)
    stage.clock.advance(minutes=1)

    await stage.say(user(50), CODE)

    assert (await storage.contacts.get(["admin-2"]))["admin-2"].role is Role.NONE


async def test_block_that_overtook_the_registration_is_not_forgotten(storage: Storage) -> None:
    stage = await stage_with_code(storage)
    await stage.say(user(3), CODE)
    yes = stage.press(user(3), button(stage, "はい"))
    stage.clock.advance(seconds=30)
    await stage.arrive(stage.blocked(user(3)))

    await stage.arrive(yes)

    contact = (await storage.contacts.get(["c3"]))["c3"]
    assert [a.state for a in contact.addresses] == [AddressState.BLOCKED]


async def test_block_and_return_are_applied_by_event_time_not_arrival(storage: Storage) -> None:
    stage = await stage_with_code(storage)
    gone = stage.blocked(user(1), at=START + timedelta(minutes=1))
    back = stage.followed(user(1), at=START + timedelta(minutes=2))

    await stage.arrive(back)
    await stage.arrive(gone)

    contact = (await storage.contacts.get(["c1"]))["c1"]
    assert [a.state for a in contact.addresses] == [AddressState.ACTIVE]


async def test_open_receipts_know_who_is_cut_off(storage: Storage) -> None:
    stage = await stage_with_code(storage)
    await publish(storage)
    before = (await storage.receipts.totals("n1")).unreached

    await stage.arrive(stage.blocked(user(2)))
    assert (await storage.receipts.totals("n1")).unreached == before + 1

    stage.clock.advance(seconds=1)
    await stage.arrive(stage.followed(user(2)))
    assert (await storage.receipts.totals("n1")).unreached == before
    assert "おかえりなさい" in stage.platform.said()


@pytest.mark.parametrize("text", ["了解です", "/状況", "/未確認 1", "お知らせ\n宛先:1年A組", "ヘルプ"])
async def test_who_has_no_right_is_told_whom_to_ring_and_nothing_else(storage: Storage, text: str) -> None:
    stage = await stage_with_code(storage)
    await publish(storage)
    await stage.arrive(stage.press(user(1), pack_confirm("n1", 1, "ok")))

    said = await stage.say(user(1), text)

    assert "届きません" in said
    assert "03-1234-5678" in said
    assert "避難訓練" not in said
    assert said == await stage.say(user(1), "なんでも"), "a command is answered like anything else"


async def test_who_writes_gets_what_still_waits_for_her_in_the_same_free_answer(storage: Storage) -> None:
    stage = await stage_with_code(storage)
    await publish(storage)

    said = await stage.say(user(1), "いつまでですか")

    assert said.index("届きません") < said.index("まだ") < said.index("避難訓練")
    assert "[確認しました]" in said
    assert len(stage.platform.given) == 1
    assert "避難訓練" not in await stage.say(user(60), "いつまでですか"), "a stranger learns nothing"
    await stage.arrive(stage.press(user(1), pack_confirm("n1", 1, "ok")))
    assert "避難訓練" not in await stage.say(user(1), "いつまでですか"), "it is done"


async def test_nobody_who_types_gets_silence(storage: Storage) -> None:
    stage = await stage_with_code(storage)

    for text in ("/じょうきよう", "うーん", "。", "/", "12345", "登録"):
        assert await stage.say(ADMIN, text)
        assert await stage.say(user(999), text)
