"""The questions about when: when a notice goes out, and when those who have not confirmed are reminded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from handlers import dates, publish
from handlers.context import Context
from handlers.drafting import reminding
from handlers.drafting.questions import Field, latest_send
from handlers.drafting.words import button, shorten
from handlers.nights import night
from handlers.plan import evening_only, usual
from handlers.quiet import is_quiet
from handlers.replies import Button
from storage.models import Draft

Question = tuple[str, tuple[Button, ...]]
"""The sentence, and what can be pressed."""

_HOURS: Final = (8, 12, 16, 18)
_NEAR_DAYS: Final = {0: "draft-date-today", 1: "draft-date-tomorrow"}


def moment_label(at: datetime, now: datetime, context: Context) -> str:
    """「明日 11/25(水) 18:00」."""
    words, zone = context.words, context.organization.zone
    days = (at.astimezone(zone).date() - now.astimezone(zone).date()).days
    moment = words.moment(at, now)
    return words(_NEAR_DAYS[days], moment=moment) if days in _NEAR_DAYS else moment


def schedule(draft: Draft, context: Context) -> Question:
    """When it is to go out: with the doubts about what was typed, or with the usual times."""
    words, now = context.words, draft.updated_at
    typed = draft.typed.get(Field.SCHEDULE, "")
    sentence, candidates = _doubted(draft, typed, context) if typed else _open(draft, context)
    at_once = button(draft, words("draft-schedule-none"), Field.SCHEDULE.value, "none")
    buttons = [
        button(draft, moment_label(at, now, context), Field.SCHEDULE.value, int(at.timestamp())) for at in candidates
    ]
    return sentence, (*buttons, at_once)


def _open(draft: Draft, context: Context) -> tuple[str, list[datetime]]:
    words, now = context.words, draft.updated_at
    limit = latest_send(draft)
    offered = [at for at in _offers(draft, context) if limit is None or at < limit]
    if draft.send_at is None or limit is None or draft.send_at < limit:
        return words("draft-schedule"), offered
    key = "draft-schedule-deadline" if limit == draft.deadline_at else "draft-schedule-expiry"
    return words(key, moment=words.moment(draft.send_at, now), limit=words.moment(limit, now)), offered


def _offers(draft: Draft, context: Context) -> list[datetime]:
    """17:00 of today (while there is time) and tomorrow, 8:00 of tomorrow and the next Monday; never at night."""
    now, organization = draft.updated_at, context.organization
    today = now.astimezone(organization.zone).date()
    monday = today + timedelta(days=7 - today.weekday())
    tomorrow = today + timedelta(days=1)
    days = ((today, 17), (tomorrow, 8), (tomorrow, 17), (monday, 8))
    times = sorted({dates.local(day, hour, 0, organization.zone) for day, hour in days})
    ahead = [at for at in times if at - now >= timedelta(hours=1)]
    return [at for at in ahead if not is_quiet(at, organization.quiet, organization.zone)]


def _doubted(draft: Draft, typed: str, context: Context) -> tuple[str, list[datetime]]:
    words, now, organization = context.words, draft.updated_at, context.organization
    reading = dates.parse(typed, now, organization.zone)
    if reading is None or reading.doubt is not None or reading.at is None:
        return doubted(typed, reading, context, now), list(reading.candidates) if reading else []
    if not reading.has_time:
        day = reading.at.astimezone(organization.zone).date()
        hours = {reading.at, *(dates.local(day, hour, 0, organization.zone) for hour in _HOURS)}
        return words("draft-schedule-hour", date=words.date(reading.at)), sorted(at for at in hours if at > now)
    if organization.quiet is None:
        return words("draft-schedule"), [reading.at]
    morning = organization.quiet.over_at(reading.at, organization.zone)
    sentence = words("draft-schedule-quiet", moment=words.moment(reading.at, now), **night(organization.quiet))
    return sentence, [morning, reading.at]


def reminders(draft: Draft, context: Context) -> Question:
    """When those who have not confirmed are reminded: the usual plans, or times to type."""
    words = context.words
    frame = publish.frame_of(draft, context)
    typed = draft.typed.get(Field.REMINDERS, "")
    both, evening = usual(frame), evening_only(frame)
    plans = [("both", both)] if both else []
    if evening and evening != both:
        plans.append(("evening", evening))
    buttons = [
        button(draft, words(f"draft-reminders-{name}", times=briefly(times, context)), Field.REMINDERS.value, name)
        for name, times in plans
    ]
    none = button(draft, words("draft-reminders-none"), Field.REMINDERS.value, "none")
    sentence = _not_taken(draft, typed, context) if typed else words("draft-reminders")
    return sentence, (*buttons, none)


def _not_taken(draft: Draft, typed: str, context: Context) -> str:
    words, quiet = context.words, context.organization.quiet
    reason = reminding.read(typed, draft.updated_at, publish.frame_of(draft, context))
    if reason == "quiet" and quiet is not None:
        return words("draft-reminders-doubt-quiet", **night(quiet))
    if not isinstance(reason, str) or reason == "quiet":
        reason = "unread"
    return words(f"draft-reminders-doubt-{reason}", typed=shorten(typed))


def briefly(times: Sequence[datetime], context: Context) -> str:
    """「11/29 18:00、11/30 7:30」."""
    return context.words.listing([context.words.brief(at, context.now) for at in times])


def doubted(typed: str, reading: dates.Reading | None, context: Context, now: datetime) -> str:
    """Why a date as typed is asked about, in words."""
    words, quoted = context.words, shorten(typed)
    if reading is None or reading.doubt is None:
        return words("draft-date-unread", typed=quoted)
    if reading.at is None:
        return words("draft-date-impossible", typed=quoted)
    moment = words.moment(reading.at, now)
    if reading.doubt is dates.Doubt.WEEKDAY and reading.weekday is not None:
        return words("draft-date-weekday", day=moment.partition(" ")[0], typed=quoted)
    return words(f"draft-date-{reading.doubt.value}", moment=moment, typed=quoted)
