"""What reading a roster changes: nobody deleted, nobody mixed up, and the same file twice changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from handlers.roster import Fate, Plan, plan
from handlers.roster_file import Line, read_csv, read_sheet
from handlers.roster_known import Known
from handlers.wording import LOCALES, Words
from storage.models import Address, Contact, Member

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HEAD = "番号,名前,ふりがな,組,保護者1,続柄1,保護者1番号,保護者2,続柄2\n"
FAMILY = HEAD + "001,佐藤 花,さとう はな,1年A組,佐藤 恵,母,,佐藤 健,父\n"
SIBLINGS = HEAD + "001,佐藤 花,,1年A組,佐藤 恵,母,G1,,\n002,佐藤 空,,2年B組,佐藤 恵,母,G1,,\n"


def read(text: str, known: Known | None = None) -> Plan:
    made = plan(read_sheet(read_csv(text.encode())), known or Known())
    for locale in LOCALES:
        words = Words(locale, ZoneInfo("UTC"))
        assert all(words(note.key, **note.arguments) for line in made.lines for note in line.notes)
    return made


def after(made: Plan, known: Known | None = None, registered: Iterable[str] = ()) -> Known:
    """What is known once the plan is carried out, as storage keeps it; some have registered meanwhile."""
    before = known or Known()
    contacts = {**before.contacts, **{c.id: c for c in made.contacts}}
    for contact in registered:
        address = Address(channel="line", value=f"U{contact}", state_at=NOW)
        contacts[contact] = contacts[contact].but(addresses=(address,))
    return Known({**before.members, **{m.id: m for m in made.members}}, contacts)


def fates(made: Plan) -> list[Fate]:
    return [line.fate for line in made.lines]


def said(made: Plan) -> list[str]:
    return [note.key.removeprefix("roster-") for line in made.lines for note in line.notes]


def receives(known: Known) -> dict[str, set[str]]:
    """Who receives for whom, without those who receive for nobody."""
    return {c.id: set(c.members) for c in known.contacts.values() if c.members}


def test_a_first_reading_adds_members_and_their_guardians() -> None:
    made = read(FAMILY)
    assert made.members == (Member(id="001", name="佐藤 花", kana="さとう はな", groups=("1年A組",)),)
    assert made.contacts == (
        Contact(id="001-1", name="佐藤 恵", relationship="母", members=("001",), groups=("1年A組",)),
        Contact(id="001-2", name="佐藤 健", relationship="父", members=("001",), groups=("1年A組",)),
    )
    assert fates(made) == [Fate.ADDED]
    assert {c.id for c in made.unregistered} == made.strangers == {"001-1", "001-2"}


def test_one_code_on_several_lines_is_one_person_with_several_children() -> None:
    (mother,) = read(SIBLINGS).contacts
    assert (mother.id, mother.members, mother.groups) == ("G1", ("001", "002"), ("1年A組", "2年B組"))


def test_the_same_file_again_changes_nothing() -> None:
    for text in (FAMILY, SIBLINGS, "番号,名前\n1,田中\n"):
        known = after(read(text))
        again = read(text, known)
        assert set(fates(again)) == {Fate.SAME}
        assert (again.members, again.contacts, again.strangers) == ((), (), frozenset())


def test_in_a_company_the_member_is_her_own_contact() -> None:
    made = read("社員番号,氏名,部署\nE1,田中 一郎,営業部\n")
    assert made.contacts == (Contact(id="E1-0", name="田中 一郎", members=("E1",), groups=("営業部",)),)


def test_a_list_of_classes_takes_no_child_from_its_guardians() -> None:
    known = after(read(FAMILY))
    made = read("番号,名前,組\n001,佐藤 花,2年A組\n", known)
    assert said(made) == ["note-groups"]
    assert receives(after(made, known)) == {"001-1": {"001"}, "001-2": {"001"}}
    assert all(contact.groups == ("2年A組",) for contact in made.contacts)


def test_what_a_file_has_no_column_for_stays() -> None:
    known = after(read(FAMILY))
    made = read("番号,名前,保護者1\n001,佐藤 花,佐藤 恵\n", known)
    assert made.members == ()
    assert [c.relationship for c in made.contacts] == ["父"], "only whom the line no longer names changes"


def test_blank_guardian_cells_take_nobody_away() -> None:
    known = after(read(FAMILY))
    made = read(HEAD + "001,佐藤 花,さとう はな,1年A組,,,,,\n", known)
    assert fates(made) == [Fate.SAME]
    assert made.contacts == ()


def test_a_guardian_named_no_more_no_longer_receives_but_is_kept() -> None:
    known = after(read(FAMILY), registered=["001-2"])
    made = read(HEAD + "001,佐藤 花,さとう はな,1年A組,佐藤 恵,母,,,\n", known)
    assert said(made) == ["note-dropped"]
    assert receives(after(made, known)) == {"001-1": {"001"}}
    assert [(c.id, c.members, c.groups, len(c.addresses)) for c in made.contacts] == [("001-2", (), (), 1)]


def test_a_child_left_out_of_the_file_keeps_its_guardian() -> None:
    known = after(read(SIBLINGS))
    made = read(HEAD + "001,佐藤 花,,1年C組,佐藤 恵,母,G1,,\n", known)
    (mother,) = made.contacts
    assert mother.members == ("001", "002")
    assert set(mother.groups) == {"1年C組", "2年B組"}


def test_columns_changing_places_change_no_person() -> None:
    known = after(read(FAMILY), registered=["001-1", "001-2"])
    made = read(HEAD + "001,佐藤 花,さとう はな,1年A組,佐藤 健,父,,佐藤 恵,母\n", known)
    assert fates(made) == [Fate.SAME]
    assert made.contacts == ()


def test_a_new_guardian_in_front_takes_nobodys_place() -> None:
    known = after(read(FAMILY), registered=["001-1"])
    made = read(HEAD + "001,佐藤 花,さとう はな,1年A組,田中 ウメ,祖母,,佐藤 恵,母\n", known)
    assert [(c.id, c.name) for c in made.contacts if c.members] == [("001-3", "田中 ウメ")]
    assert said(made) == ["note-contact", "note-dropped"]


def test_guardians_with_codes_are_found_by_name_in_a_file_without() -> None:
    known = after(read(SIBLINGS), registered=["G1"])
    made = read("番号,名前,組,保護者1\n001,佐藤 花,1年A組,佐藤　恵\n", known)
    assert receives(after(made, known)) == {"G1": {"001", "002"}}
    assert made.strangers == frozenset()


def test_who_is_registered_never_becomes_somebody_else_by_a_guess() -> None:
    known = after(read(FAMILY), registered=["001-1"])
    made = read(HEAD + "001,佐藤 花,さとう はな,1年A組,山田 恵,母,,佐藤 健,父\n", known)
    assert fates(made) == [Fate.ERROR]
    assert said(made) == ["renamed"]
    assert (made.members, made.contacts) == ((), ())


def test_the_code_says_that_it_is_the_same_person_under_a_new_name() -> None:
    known = after(read(FAMILY), registered=["001-1"])
    made = read(HEAD + "001,佐藤 花,さとう はな,1年A組,山田 恵,母,001-1,佐藤 健,父\n", known)
    assert [(c.id, c.name, len(c.addresses)) for c in made.contacts] == [("001-1", "山田 恵", 1)]


def test_a_slip_in_an_unregistered_name_is_mended_and_asks_for_a_new_code() -> None:
    known = after(read(FAMILY))
    made = read(HEAD + "001,佐藤 花,さとう はな,1年A組,佐藤 惠,母,,佐藤 健,父\n", known)
    assert said(made) == ["note-renamed"]
    assert made.strangers == {"001-1"}, "whoever holds the old paper may be somebody else"


def test_one_code_with_two_names_is_refused_in_the_later_line() -> None:
    made = read(HEAD + "001,佐藤 花,,,佐藤 恵,母,G1,,\n002,田中 空,,,田中 薫,父,G1,,\n")
    assert fates(made) == [Fate.ADDED, Fate.ERROR]
    assert said(made) == ["guardian-differs"]
    assert receives(after(made)) == {"G1": {"001"}}


def test_a_mistyped_code_gives_no_child_to_somebody_elses_parent() -> None:
    known = after(read(SIBLINGS), registered=["G1"])
    made = read(HEAD + "003,田中 空,,,田中 薫,父,G1,,\n", known)
    assert said(made) == ["guardian-taken"]
    assert made.contacts == ()


def test_zeros_that_excel_cut_off_make_no_second_child() -> None:
    known = after(read(FAMILY))
    assert said(read(HEAD + "1,佐藤 花,,1年A組,,,,,\n", known)) == ["zeros"]
    assert fates(read(HEAD + "1,山本 空,,1年A組,,,,,\n", known)) == [Fate.ADDED]


def test_a_mother_who_registered_for_two_keeps_both_when_the_roster_is_read_again() -> None:
    text = HEAD + "001,佐藤 花,,1年A組,佐藤 恵,母,,,\n002,佐藤 空,,2年B組,佐藤 恵,母,,,\n"
    once = after(read(text), registered=["001-1"])
    mother = once.contacts["001-1"].but(members=("001", "002"), groups=("1年A組", "2年B組"), absorbed=("002-1",))
    known = Known(
        once.members, {**once.contacts, "001-1": mother, "002-1": once.contacts["002-1"].but(absorbed_by="001-1")}
    )
    again = read(text, known)
    assert set(fates(again)) == {Fate.SAME}
    assert (again.contacts, again.unregistered) == ((), ())

    moved = read(text.replace("2年B組", "3年B組"), known)
    assert {c.id: (c.members, c.groups) for c in moved.contacts} == {
        "001-1": (("001",), ("1年A組",)),
        "002-1": (("002",), ("3年B組",)),
    }, "each id is put with its own; storage joins them"


def test_parents_who_share_one_phone_are_not_new_every_time() -> None:
    once = after(read(FAMILY), registered=["001-1"])
    mother = once.contacts["001-1"].but(absorbed=("001-2",))
    known = Known(once.members, {"001-1": mother, "001-2": once.contacts["001-2"].but(absorbed_by="001-1")})
    again = read(FAMILY, known)
    assert fates(again) == [Fate.SAME]
    assert all(contact.members == ("001",) for contact in again.contacts)


def test_bad_lines_stop_no_good_ones_and_lines_keep_their_order() -> None:
    made = read("番号,名前\n1,佐藤\n,田中\n3,鈴木\n")
    assert [(line.line, line.fate) for line in made.lines] == [(2, Fate.ADDED), (3, Fate.ERROR), (4, Fate.ADDED)]
    assert made.count(Fate.ADDED) == 2
    assert [m.id for m in made.members] == ["1", "3"]


_CODES = st.sampled_from(["1", "2", "3"])
_NAMES = st.sampled_from(["", "佐藤 恵", "佐藤 健", "田中 薫", "山田 空"])
_ROWS = st.lists(
    st.tuples(
        _CODES, _NAMES, st.sampled_from(["", "A", "B"]), _NAMES, st.sampled_from(["", "G1", "G2", "1-1"]), _NAMES
    ),
    max_size=4,
)


@given(files=st.lists(_ROWS, min_size=1, max_size=4), registering=st.lists(st.booleans(), min_size=8, max_size=8))
def test_no_sequence_of_files_mixes_people_up(files: list[list[tuple[str, ...]]], registering: list[bool]) -> None:
    """Whatever is read in whatever order: who is registered keeps the address, and a name changes only when a line says
    so about a contact of its own member; and the last file, read again, changes nothing more."""
    known = Known()
    for number, rows in enumerate(files):
        lines = [
            Line(1, ("番号", "名前", "組", "保護者1", "保護者1番号", "保護者2")),
            *(Line(n + 2, r) for n, r in enumerate(rows)),
        ]
        if not rows:
            continue
        sheet = read_sheet(lines)
        made = plan(sheet, known)
        for contact in made.contacts:
            before = known.contacts.get(contact.id)
            assert before is None or contact.addresses == before.addresses
        wanted = {c.id for c in made.contacts if registering[(number * 3 + len(c.id) + len(c.name)) % 8]}
        known = after(made, known, registered=wanted & {c.id for c in made.unregistered})
        again = plan(sheet, known)
        changed = [line for line in again.lines if line.fate in {Fate.ADDED, Fate.CHANGED}]
        accepted = {line.line for line in made.lines if line.fate is not Fate.ERROR}
        assert not [line for line in changed if line.line in accepted], (changed, made)
