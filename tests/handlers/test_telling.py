"""The reports in words: whole in both languages, each fitting into one message, nobody said to have read."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from bot.channels.line.rendering import render
from handlers import telling
from handlers.beginning import Note
from handlers.commands.paging import Page
from handlers.reasons import Explanation, Reason
from handlers.replies import Panel, reply
from handlers.wording import LOCALES, Words
from storage.models import OutgoingState, Totals
from tests.factories import NOW, make_mailing, make_notice, make_receipt
from tests.handlers.test_commands_wording import WORDING, sentences

TOKYO = ZoneInfo("Asia/Tokyo")
NOTICE = make_notice(number=42, title="題" * 80, deadline_at=NOW)
MAILING = make_mailing(note=Note.OUT_OF_QUOTA)
PEOPLE = {OutgoingState.ACCEPTED: 100, OutgoingState.REFUSED: 2, OutgoingState.UNKNOWN: 3}
LATE = make_mailing(note=Note.LATE)
RECEIPTS = tuple(make_receipt(str(n), name="寿限無" * 20) for n in range(10))
REASONS = {receipt.member: Explanation(Reason.NOT_PRESSED) for receipt in RECEIPTS}

PANELS: dict[str, Callable[[Words], Panel]] = {
    "completed": telling.Completed(NOTICE, Totals(10, 10), NOW, NOW).panel,
    "overdue": telling.Overdue(
        NOTICE, Totals(100, 60, 5), Page(RECEIPTS, "", has_headings=False), REASONS, (MAILING, LATE), NOW
    ).panel,
    "unsent": telling.Unsent(NOTICE, Note.OUT_OF_QUOTA, (MAILING,), Totals(10, 1), NOW).panel,
    "missed": telling.Unsent(NOTICE, Note.LATE, (LATE,), Totals(10, 1), NOW).panel,
    "trouble": telling.Trouble(NOTICE, make_mailing(), PEOPLE, {"401": 1, "timeout": 2}, has_expired=False).panel,
    "expired": telling.Trouble(NOTICE, make_mailing(purpose="reminder"), {}, {"expired": 4}, has_expired=True).panel,
    "unknown": telling.Trouble(NOTICE, make_mailing(), {OutgoingState.UNKNOWN: 3}, {}, has_expired=False).panel,
    "used": telling.Used(NOTICE, 23).panel,
    "unready": telling.Unready(NOTICE).panel,
}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", sorted(PANELS))
def test_a_report_is_said_whole_in_one_message(name: str, locale: str) -> None:
    words = Words(locale, TOKYO)
    panel = PANELS[name](words)
    assert panel.buttons
    assert len(render(reply(panel), words)) == 1


def test_kinds_of_trouble_are_told_apart() -> None:
    panel = PANELS["trouble"](Words("ja", TOKYO))
    assert panel.title == "送れなかった人がいます"
    assert panel.paragraphs[1:] == (
        "お知らせの送信が終わりました。受け付け 100人",
        "1人には送れませんでした(送信の設定の誤り)。",
        "2人には送れませんでした(送信先の都合)。",
        "2人には、LINEなどに断られて送れませんでした。",
        "3人は、返事がなく、送れたか分かりません。二重に届かないように、送りなおしていません。",
    )
    assert PANELS["unknown"](Words("ja", TOKYO)).title == "送れたか分からない人がいます"


def test_both_languages_say_the_same_reports() -> None:
    japanese, english = (sentences(WORDING / locale / "reports.ftl") for locale in LOCALES)
    assert japanese == english


@pytest.mark.parametrize("locale", LOCALES)
def test_no_report_repeats_a_sentence_or_says_that_somebody_read(locale: str) -> None:
    own = WORDING / locale / "reports.ftl"
    others = {key for path in (WORDING / locale).glob("*.ftl") if path != own for key in sentences(path)}
    assert not others & set(sentences(own))
    assert "既読" not in own.read_text(encoding="utf-8")
