"""What the reports say. Pure: what was found out goes in, a panel in any language comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from handlers.beginning import Note
from handlers.buttons import pack
from handlers.commands import choose, paging
from handlers.commands.pending import error_words, reason_words
from handlers.commands.status import counts
from handlers.other_ways import HOPELESS
from handlers.reasons import Explanation
from handlers.replies import Bar, Button, Emphasis, Panel, Row
from handlers.wording import Words
from storage.models import Mailing, Notice, OutgoingState, Receipt, Totals

UNSENT: Final = frozenset({Note.OUT_OF_QUOTA.value, Note.LATE.value})
"""Why an automatic reminder was sent to nobody, as far as its sender must know (`Mailing.note`)."""


@dataclass(frozen=True, slots=True)
class Completed:
    """Everyone has confirmed."""

    notice: Notice
    totals: Totals
    last_at: datetime
    now: datetime

    def panel(self, words: Words) -> Panel:
        """It in words."""
        return Panel(
            words("report-completed-title"),
            (
                choose.heading(self.notice, words),
                words("report-completed", all=self.totals.all, moment=words.moment(self.last_at, self.now)),
            ),
            bar=Bar(self.totals.confirmed, self.totals.all),
            buttons=(Button(words("report-see-confirmed"), pack("confirmed", self.notice.number)),),
        )


@dataclass(frozen=True, slots=True)
class Overdue:
    """The deadline passed, and some have not confirmed."""

    notice: Notice
    totals: Totals
    page: paging.Page
    """The first of them."""
    explanations: Mapping[str, Explanation]
    unsent: tuple[Mailing, ...]
    """Automatic reminders that were sent to nobody."""
    now: datetime

    def panel(self, words: Words) -> Panel:
        """It in words."""
        notice, totals = self.notice, self.totals
        rest = totals.unconfirmed - len(self.page.receipts)
        names = paging.rows(self.page, lambda receipt: self._row(receipt, words), words("paging-no-group"))
        more = (Row(words("report-more", count=rest)),) if rest > 0 else ()
        return Panel(
            words("report-overdue-title"),
            (
                choose.heading(notice, words),
                counts(totals, words),
                *(unsent(mailing, words, self.now) for mailing in self.unsent),
            ),
            bar=Bar(totals.confirmed, totals.all),
            rows=(*names, *more),
            buttons=_next_steps(notice, words, words("status-remind")),
        )

    def _row(self, receipt: Receipt, words: Words) -> Row:
        return Row(receipt.name, reason_words(self.explanations[receipt.member].reason, words))


@dataclass(frozen=True, slots=True)
class Unsent:
    """An automatic reminder was sent to nobody, and still can be."""

    notice: Notice
    why: str
    mailings: tuple[Mailing, ...]
    """All that were sent to nobody."""
    totals: Totals
    now: datetime

    def panel(self, words: Words) -> Panel:
        """It in words."""
        return Panel(
            words("report-unsent-title"),
            (
                choose.heading(self.notice, words),
                *(unsent(mailing, words, self.now) for mailing in self.mailings),
                words(f"report-unsent-{self.why}", unconfirmed=self.totals.unconfirmed),
            ),
            buttons=_next_steps(self.notice, words, words("report-remind-now")),
        )


@dataclass(frozen=True, slots=True)
class Trouble:
    """A mailing is over, and not everybody's copy was accepted."""

    notice: Notice
    mailing: Mailing
    people: Mapping[OutgoingState, int]
    lost: Mapping[str, int]
    """Not sent to, though they should have been: by what was noted with their calls."""
    has_expired: bool

    @property
    def is_any(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.lost or self._count(OutgoingState.REFUSED) or self._count(OutgoingState.UNKNOWN))

    def panel(self, words: Words) -> Panel:
        """Each kind under its own word."""
        notice = self.notice
        is_only_unknown = not self.lost and not self._count(OutgoingState.REFUSED)
        lines = (
            choose.heading(notice, words),
            words(f"report-over-{self.mailing.purpose.value}", accepted=self._count(OutgoingState.ACCEPTED)),
            *self._not_sent(words),
            self._line("report-refused", self._count(OutgoingState.REFUSED), words),
            self._line("report-unknown", self._count(OutgoingState.UNKNOWN), words),
        )
        return Panel(
            words("report-unknown-title" if is_only_unknown else "report-trouble-title"),
            tuple(line for line in lines if line),
            buttons=self._buttons(words),
        )

    def _buttons(self, words: Words) -> tuple[Button, ...]:
        """The names; and sending again to those of whom nobody knows is hers to decide."""
        names = Button(words("report-see-names"), pack("pending", self.notice.number), emphasis=Emphasis.PRIMARY)
        again = Button(words("status-again"), pack("again", self.notice.number))
        return (names, again) if self._count(OutgoingState.UNKNOWN) else (names,)

    def _not_sent(self, words: Words) -> tuple[str, ...]:
        if self.has_expired and self.lost:
            return (words("report-expired", count=sum(self.lost.values())),)
        by_reason: dict[str, int] = {}
        for error, count in self.lost.items():
            if error == HOPELESS:
                continue
            why = error_words(error, words) or words("report-no-answer")
            by_reason[why] = by_reason.get(why, 0) + count
        given_up = (words("report-given-up", count=count, why=why) for why, count in by_reason.items())
        return (*given_up, *([words("report-broken", count=self.lost[HOPELESS])] if HOPELESS in self.lost else []))

    def _line(self, key: str, count: int, words: Words) -> str:
        return words(key, count=count) if count else ""

    def _count(self, state: OutgoingState) -> int:
        return self.people.get(state, 0)


@dataclass(frozen=True, slots=True)
class Used:
    """The month's messages are used up while people wait."""

    notice: Notice
    waiting: int

    def panel(self, words: Words) -> Panel:
        """How many wait, and what can be done."""
        return Panel(
            words("report-quota-title"),
            (
                choose.heading(self.notice, words),
                words("report-quota-waiting", count=self.waiting),
                words("report-quota-plan"),
                words("report-quota-call"),
            ),
            buttons=(
                Button(words("report-see-names"), pack("pending", self.notice.number), emphasis=Emphasis.PRIMARY),
            ),
        )


@dataclass(frozen=True, slots=True)
class Unready:
    """The card could be made when the preview was shown, and could not when it was to go out."""

    notice: Notice

    def panel(self, words: Words) -> Panel:
        """It in words."""
        return Panel(
            words("report-unready-title"),
            (choose.heading(self.notice, words), words("report-unready")),
            buttons=(choose.status_button(self.notice, words),),
        )


def unsent(mailing: Mailing, words: Words, now: datetime) -> str:
    """That an automatic reminder was sent to nobody, and why."""
    return words(f"status-unsent-{mailing.note}", moment=words.brief(mailing.due_at, now))


def _next_steps(notice: Notice, words: Words, remind: str) -> tuple[Button, ...]:
    see = Button(words("report-see-pending"), pack("pending", notice.number), emphasis=Emphasis.PRIMARY)
    return (see,) if notice.stopped_at else (see, Button(remind, pack("remind", notice.number)))
