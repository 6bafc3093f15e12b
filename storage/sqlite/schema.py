"""The tables, and how an older file becomes a newer one. `PRAGMA user_version` counts the steps taken."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable

from storage.errors import SchemaError

APPLICATION_ID = 0x4B616B75
""""Kaku", in the file's header: tells our file from any other SQLite database."""

_PEOPLE = """
CREATE TABLE members (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, kana TEXT NOT NULL, groups TEXT NOT NULL, sort_key TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- audience: '*' everyone, '=1年A組' a group.
CREATE TABLE member_audiences (
    audience TEXT NOT NULL, member TEXT NOT NULL, sort_key TEXT NOT NULL, PRIMARY KEY (audience, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_audiences_sorted ON member_audiences (audience, sort_key, member);

-- put_*: what was put for this id; members and groups: with those of whom it absorbed.
-- target: the JSON of a `Target`, so that fan-out reads one value a person.
CREATE TABLE contacts (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, relationship TEXT NOT NULL,
    put_members TEXT NOT NULL, put_groups TEXT NOT NULL,
    members TEXT NOT NULL DEFAULT '[]', groups TEXT NOT NULL DEFAULT '[]', target TEXT NOT NULL DEFAULT '',
    absorbed TEXT NOT NULL, absorbed_by TEXT,
    locale TEXT NOT NULL, role TEXT NOT NULL, reach TEXT NOT NULL DEFAULT 'unregistered'
) STRICT, WITHOUT ROWID;
CREATE INDEX contacts_by_role ON contacts (role) WHERE role <> 'none';
CREATE INDEX contacts_cut_off ON contacts (id) WHERE reach <> 'reachable';
CREATE INDEX contacts_who_absorbed ON contacts (id, absorbed) WHERE absorbed <> '[]';

CREATE TABLE addresses (
    key INTEGER PRIMARY KEY, channel TEXT NOT NULL, value TEXT NOT NULL, contact TEXT NOT NULL,
    state TEXT NOT NULL, state_at INTEGER NOT NULL, source TEXT NOT NULL, agreed_at INTEGER, heard_at INTEGER,
    UNIQUE (channel, value)
) STRICT;
CREATE INDEX addresses_by_contact ON addresses (contact);

CREATE TABLE contact_audiences (
    audience TEXT NOT NULL, reach TEXT NOT NULL, contact TEXT NOT NULL, PRIMARY KEY (audience, reach, contact)
) STRICT, WITHOUT ROWID;

-- How many entries the two above have: kind is 'member', or the reach of contacts. No size is found by counting.
CREATE TABLE audience_sizes (
    audience TEXT NOT NULL, kind TEXT NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (audience, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE contact_members (
    member TEXT NOT NULL, contact TEXT NOT NULL, PRIMARY KEY (member, contact)
) STRICT, WITHOUT ROWID;
"""

_NOTICES = """
CREATE TABLE notices (
    id TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, title TEXT NOT NULL, body TEXT NOT NULL,
    version INTEGER NOT NULL, choices TEXT NOT NULL, audience TEXT NOT NULL, coverage TEXT NOT NULL,
    urgent INTEGER NOT NULL, deadline_at INTEGER, expires_at INTEGER, send_at INTEGER, remind_at TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    sender TEXT NOT NULL, sender_name TEXT NOT NULL, members INTEGER NOT NULL, contacts INTEGER NOT NULL,
    fanned_out_at INTEGER, closed_at INTEGER, cancelled_at INTEGER, stopped_at INTEGER,
    completed_at INTEGER, overdue_at INTEGER, settled_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX notices_by_sender ON notices (sender, number);
CREATE INDEX notices_unsettled ON notices (number) WHERE settled_at IS NULL;

CREATE TABLE mailings (
    id TEXT PRIMARY KEY, notice TEXT NOT NULL, purpose TEXT NOT NULL, created_at INTEGER NOT NULL,
    ordered_by TEXT NOT NULL, urgent INTEGER NOT NULL, due_at INTEGER NOT NULL, finished_at INTEGER, stopped_at INTEGER,
    note TEXT NOT NULL, settled_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX mailings_by_notice ON mailings (notice, created_at, id);
CREATE INDEX mailings_by_time ON mailings (due_at, id);
CREATE INDEX mailings_unsettled ON mailings (due_at, id) WHERE settled_at IS NULL;
CREATE INDEX mailings_due ON mailings (urgent, due_at, id) WHERE finished_at IS NULL AND stopped_at IS NULL;
"""

_ARRIVALS = """
CREATE TABLE acknowledgements (
    id TEXT PRIMARY KEY, channel TEXT NOT NULL, user TEXT NOT NULL, notice TEXT NOT NULL, version INTEGER NOT NULL,
    choice TEXT NOT NULL, at INTEGER NOT NULL, received_at INTEGER NOT NULL, time_replaced INTEGER NOT NULL,
    also TEXT NOT NULL, applied INTEGER NOT NULL, outcome TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX acknowledgements_by_notice ON acknowledgements (notice, id);
CREATE INDEX acknowledgements_pending ON acknowledgements (received_at, id) WHERE applied = 0;

CREATE TABLE inbox (
    id TEXT PRIMARY KEY, channel TEXT NOT NULL, user TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL,
    received_at INTEGER NOT NULL, raw BLOB NOT NULL, applied INTEGER NOT NULL, owed BLOB
) STRICT;
CREATE INDEX inbox_pending ON inbox (at, id) WHERE applied = 0;
CREATE INDEX inbox_applied ON inbox (received_at) WHERE applied = 1;
CREATE INDEX inbox_by_user ON inbox (channel, user, at, id);
CREATE INDEX inbox_owed ON inbox (channel, user, at, id) WHERE owed IS NOT NULL;
"""

_RECEIPTS = """
-- Totals, and a short number for each notice that has receipts.
CREATE TABLE tallies (
    key INTEGER PRIMARY KEY, notice TEXT NOT NULL UNIQUE, receipts INTEGER NOT NULL DEFAULT 0,
    confirmed INTEGER NOT NULL DEFAULT 0, unreached INTEGER NOT NULL DEFAULT 0, answers TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE receipts (
    key INTEGER PRIMARY KEY, notice INTEGER NOT NULL, member TEXT NOT NULL, name TEXT NOT NULL, sort_key TEXT NOT NULL,
    groups TEXT NOT NULL, contacts TEXT NOT NULL, coverage TEXT NOT NULL, answers TEXT NOT NULL, cut_off TEXT NOT NULL,
    totals_window INTEGER NOT NULL, revision INTEGER NOT NULL, is_open INTEGER NOT NULL, UNIQUE (notice, member)
) STRICT;
CREATE INDEX receipts_page ON receipts (notice, is_open, sort_key);

CREATE TABLE receipt_contacts (
    contact TEXT NOT NULL, notice INTEGER NOT NULL, receipt INTEGER NOT NULL, PRIMARY KEY (contact, notice, receipt)
) STRICT, WITHOUT ROWID;
"""

_SENDING = """
-- is_live: waiting or sending. Of its own, so that an attempt touches no index of what is due.
-- people, blocked, unregistered, capped, confirmed: how many recipients, and how many were skipped for each reason;
-- delivered, opened: to how many it came, and how many had it on the screen, as far as the platform told.
CREATE TABLE outgoing (
    key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, mailing TEXT NOT NULL, notice TEXT NOT NULL,
    purpose TEXT NOT NULL, chunk INTEGER NOT NULL, part TEXT NOT NULL, channel TEXT NOT NULL, recipients TEXT NOT NULL,
    created_at INTEGER NOT NULL, due_at INTEGER NOT NULL, skipped TEXT NOT NULL, first_contact TEXT NOT NULL,
    last_contact TEXT NOT NULL, urgent INTEGER NOT NULL, gives_up_at INTEGER, state TEXT NOT NULL,
    attempts INTEGER NOT NULL, first_attempt_at INTEGER, is_doubtful INTEGER NOT NULL, epoch INTEGER NOT NULL,
    settled_at INTEGER, request_id TEXT, failure TEXT, error TEXT, message_id TEXT, reported TEXT NOT NULL,
    lane INTEGER NOT NULL, is_live INTEGER NOT NULL, people INTEGER NOT NULL, blocked INTEGER NOT NULL,
    unregistered INTEGER NOT NULL, capped INTEGER NOT NULL, confirmed INTEGER NOT NULL, delivered INTEGER NOT NULL,
    opened INTEGER NOT NULL
) STRICT;
CREATE INDEX outgoing_due ON outgoing (channel, urgent, lane, due_at, chunk, part, id) WHERE is_live = 1;
CREATE INDEX outgoing_live ON outgoing (created_at) WHERE is_live = 1;
CREATE INDEX outgoing_failing ON outgoing (failure, mailing, notice, channel, created_at, people, is_live)
WHERE is_live = 1 AND failure IS NOT NULL;
CREATE INDEX outgoing_never_attempted ON outgoing (notice) WHERE state = 'waiting';
CREATE INDEX outgoing_progress ON outgoing (
    notice, purpose, mailing, state, people, blocked, unregistered, capped, confirmed, delivered, opened
);
CREATE INDEX outgoing_messages ON outgoing (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX outgoing_reached ON outgoing (channel, first_attempt_at, recipients) WHERE message_id IS NOT NULL;
CREATE INDEX outgoing_chunks ON outgoing (mailing, chunk) WHERE part = '';
CREATE INDEX outgoing_ranges ON outgoing (mailing, first_contact) WHERE part = '';

-- What each call says, by its key. Apart, so that no claim, attempt or settlement writes it again.
CREATE TABLE bodies (key INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;

-- Who is in a part of a chunk, or was skipped by it: rows only where a person differs from her chunk.
CREATE TABLE part_people (
    mailing TEXT NOT NULL, contact TEXT NOT NULL, size INTEGER NOT NULL, outgoing TEXT NOT NULL,
    PRIMARY KEY (mailing, contact, size, outgoing)
) STRICT, WITHOUT ROWID;

CREATE TABLE pulses (id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE leases (
    id TEXT PRIMARY KEY, holder TEXT NOT NULL, beat INTEGER NOT NULL, epoch INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""

_CONVERSATION = """
CREATE TABLE drafts (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, revision INTEGER NOT NULL, state TEXT NOT NULL, asking TEXT NOT NULL,
    title TEXT NOT NULL, lines TEXT NOT NULL, body TEXT NOT NULL, groups TEXT NOT NULL, everyone INTEGER NOT NULL,
    everyone_agreed INTEGER NOT NULL, deadline_at INTEGER, deadline_settled INTEGER NOT NULL, expires_at INTEGER,
    send_at INTEGER, reminders TEXT, choices TEXT NOT NULL, coverage TEXT NOT NULL, urgent INTEGER NOT NULL,
    typed TEXT NOT NULL, events TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX drafts_open ON drafts (owner, created_at, id) WHERE state NOT IN ('sending', 'cancelled');

CREATE TABLE codes (
    id TEXT PRIMARY KEY, purpose TEXT NOT NULL, contact TEXT NOT NULL, name TEXT NOT NULL, created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, offered_to TEXT, used_by TEXT, used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX codes_unused ON codes (contact, purpose, created_at) WHERE used_by IS NULL;

CREATE TABLE code_failures (event TEXT PRIMARY KEY, user TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX code_failures_by_user ON code_failures (user, at);

CREATE TABLE audit (
    id TEXT PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, role TEXT NOT NULL, action TEXT NOT NULL,
    subject TEXT NOT NULL, details TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_by_time ON audit (at, id);
"""


def _create(db: sqlite3.Connection) -> None:
    for part in (_PEOPLE, _NOTICES, _ARRIVALS, _RECEIPTS, _SENDING, _CONVERSATION):
        for statement in filter(str.strip, part.split(";\n")):  # executescript would commit before it begins
            db.execute(statement)
    db.execute("CREATE TABLE organization (id TEXT NOT NULL, beats INTEGER NOT NULL) STRICT")
    db.execute("INSERT INTO organization VALUES (?, 0)", (secrets.token_hex(8),))


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_create,)
"""Step n takes a file of version n to n + 1. Steps are added, never changed: files that took them are out there."""


def migrate(db: sqlite3.Connection) -> None:
    """Bring the file to this program's version, whole or not at all.

    Raises: SchemaError, if a newer program wrote it, or it is somebody else's database.
    """
    if sqlite3.sqlite_version_info < (3, 37):
        raise SchemaError(f"SQLite {sqlite3.sqlite_version} is too old: 3.37 or newer is needed (it comes with Python)")
    _check_ours(db)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("BEGIN IMMEDIATE")
    try:
        version = _check_ours(db)  # again: another process may have been here since
        for step in MIGRATIONS[version:]:
            step(db)
        if version < len(MIGRATIONS):
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _check_ours(db: sqlite3.Connection) -> int:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables and application != APPLICATION_ID:
        raise SchemaError("this file is another program's database; name another file, or move this one away")
    if version > len(MIGRATIONS):
        raise SchemaError(
            f"the database has schema {version}, and this program knows {len(MIGRATIONS)}: a newer Kakunin wrote it."
            " Start that version, or go back to the backup made before the update."
        )
    return int(version)
