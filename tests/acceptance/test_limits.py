"""What LINE refuses for a while: the month's limit, a wrong token, too much for one person. Over the real processes."""

from __future__ import annotations

from tests.acceptance.school import Room
from tests.acceptance.world import TOKEN

CALLS = 20
"""Calls that were refused before one was accepted: one asks now and then, and never all of them."""


async def on_its_way(room: Room, title: str) -> int:
    """A notice was sent and LINE has been asked; its number."""
    after = await room.world.last_call()
    await (await room.preview(title, "{名前}さんの保護者の方へ。")).tap("送る")
    number = (await room.teacher.expect("送りはじめました", title)).number
    await room.world.called("/push", after)
    return number


async def refused(room: Room, after: int) -> int:
    """How often LINE said no."""
    return sum(call["status"] in {401, 429} for call in await room.world.calls("/push", after))


async def test_a_used_up_month_is_waited_for_and_goes_on_when_the_plan_is_bigger(alone: Room) -> None:
    world, mothers = alone.world, await alone.join_all()
    after = await world.last_call()
    used = (await world.sim("GET", "line/settings"))["consumption"]
    await world.sim("POST", "line/settings", {"quota": used + 2})
    world.allowed_calls.append(r"/push 429 .*monthly limit")
    number = await on_its_way(alone, "つづきはあとで")
    await alone.teacher.ask_until(f"/状況 {number}", "受け付け 2 · 送信待ち 2")
    await alone.teacher.ask(f"/未確認 {number}", "送信待ち")
    assert await refused(alone, after) <= CALLS

    await world.sim("POST", "line/settings", {"quota": used + 1_000})
    await world.advance(minutes=25)
    for mother in mothers:
        await mother.expect("要確認", "つづきはあとで")


async def test_a_wrong_token_stops_everything_and_goes_on_when_it_is_right_again(alone: Room) -> None:
    world, mothers = alone.world, await alone.join_all()
    after = await world.last_call()
    await world.fault("status", endpoint="push", status=401, times=100, body={"message": "Authentication failed"})
    number = await on_its_way(alone, "だれにも届かない")
    await alone.teacher.ask_until(f"/状況 {number}", "送信待ち 4")
    assert await refused(alone, after) <= CALLS

    await world.sim("DELETE", "line/faults")
    await world.advance(minutes=4)
    for mother in mothers:
        await mother.expect("要確認", "だれにも届かない")
    assert TOKEN not in "".join(alone.world.bot.output)


async def test_too_much_for_one_person_costs_nobody_else_the_notice(alone: Room) -> None:
    mothers = await alone.join_all()
    await alone.world.fault("flood_429", endpoint="push", times=1)
    number = await on_its_way(alone, "ひとりだけ")
    await alone.teacher.ask_until(f"/状況 {number}", "受け付け 3 · 送れず 1")
    received = await alone.world.deliveries("保護者の方へ")
    assert sorted(received[m.user] for m in mothers if m.user in received) == [1, 1, 1]
    for mother in mothers:
        if mother.user in received:
            await mother.expect("要確認", "ひとりだけ")
