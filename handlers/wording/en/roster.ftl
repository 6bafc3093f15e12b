# Reading a roster. The file as a whole
roster-encoding = The characters of the file cannot be read. In Excel, save it again as "CSV UTF-8".
roster-quotes = A quotation mark that opens in line { $line } is never closed. Look at the quotation marks around there.
roster-empty = There is nobody in the file. Put heads such as "code" and "name" in line 1, and one person a line below.
roster-head = There is no line of heads. The columns "code" and "name" are needed (others: kana, groups, guardian1, relationship1).
roster-head-twice = Two columns mean the same: "{ $head }". Remove one of the heads.
roster-unread = These columns were not used: { $heads }
# What to do about a line
roster-no-code = No code. Give one that nobody else has.
roster-no-name = No name.
roster-code-twice = Code { $code } stands in line { $line } too. Everybody needs their own.
roster-code-excel = Code { $code } looks as if Excel had rewritten it. Format the cells as text and type it again.
roster-code-shape = Code { $code } has characters that cannot be used: spaces and / : , ; % " '
roster-guardian-code-shape = Guardian code { $code } has characters that cannot be used: spaces and / : , ; % " '
roster-zeros = Code { $code } seems to be { $known }, who is known already. Has Excel removed the zeros in front?
roster-long = "{ $text }…" is too long: at most { $most } characters.
roster-characters = "{ $text }" has characters that cannot be used (line breaks and the like).
roster-columns = There are { $most } columns, and more cells than that. Is there a comma too many?
roster-group-shape = Group "{ $group }" cannot contain ":" or "=".
roster-group-everyone = "{ $group }" means everybody and cannot name a group.
roster-groups-many = Too many groups: at most { $most } each.
roster-guardian-nameless = Guardian { $place } has a code but no name.
roster-guardian-twice = The same guardian code stands twice in one line.
roster-guardian-differs = Guardian code { $code } is "{ $known }" in line { $line } and "{ $name }" here. Different people need different codes.
roster-guardian-taken = Guardian code { $code } belongs to "{ $known }". Give "{ $name }" another one.
roster-renamed = Guardian { $place } is registered as "{ $known }", but here it is "{ $name }". If they are one person, write { $id } as guardian{ $place }_code; if not, a new code.
roster-places = "{ $name }" needs a code: fill in the column guardian{ $place }_code.
# What changes
roster-note-renamed = name { $known } → { $name }
roster-note-kana = kana { $kana }
roster-note-groups = groups { $known } → { $groups }
roster-note-contact = { $name } will receive too
roster-note-relationship = { $name }: { $relationship }
roster-note-dropped = { $name } will no longer receive (not in the file)
# Lines on the screen
roster-fate-added = add
roster-fate-changed = change
roster-fate-same = same
roster-fate-error = ERROR
roster-line = line { $line } { $fate } { $who }
roster-line-note = line { $line } { $fate } { $who }: { $note }
roster-sum = Added { $added }, changed { $changed }, same { $same }, lines with errors { $error }.
roster-dry = This was a trial. Nothing was changed.
roster-done = The roster has been read.
roster-errors = Lines with errors were left out. Mend them and read the file again (the others stay as they are).
roster-absent = { $count } known members were not in the file. They were not deleted.
roster-progress = { $done } / { $all } …
roster-saved = The roster was written to { $file } ({ $count } members).
# Registration codes
codes-written = Registration codes for { $count } people were written to { $file }. They can be read there only. Delete it once they are handed out.
codes-none = Nobody needs a new registration code.
codes-kept = No codes were written for { $count } people who have not registered yet (codes they were given stay valid). For new ones add --new-codes; the old ones stop working.
codes-missing = { $count } people have not registered yet. To make registration codes, read the file again with --codes codes.csv --new-codes.
codes-exists = { $file } is there already. Choose another name, so that no codes are overwritten.
codes-head-member = name
codes-head-contact = contact
codes-head-relationship = relationship
codes-head-code = code
codes-head-how = how to register
codes-how = Add "{ $organization }" as a friend on LINE and send { $code } (until { $until }).
codes-how-plain = Add the account as a friend on LINE and send { $code } (until { $until }).
invite-code = Administrator code: { $code }
invite-how = Whoever is to be administrator adds the account as a friend on LINE and sends this code. It works once, until { $until }.
invite-secret = Anybody who has the code can become administrator. Show it to nobody else.
invite-name = Administrator
# Heads of the file we write (and can read again)
roster-column-code = code
roster-column-name = name
roster-column-kana = kana
roster-column-groups = groups
roster-column-self = self
roster-column-guardian = guardian{ $place }
roster-column-relationship = relationship{ $place }
roster-column-guardian-code = guardian{ $place }_code
roster-column-guardian-state = guardian{ $place } state
roster-column-self-state = self state
roster-yes = yes
roster-state-reachable = registered
roster-state-blocked = blocked
roster-state-unregistered = not registered
codes-no-member = The roster has nobody with the code "{ $member }". Please check it.
codes-no-contact = "{ $member }" has no contact. Add one to the roster and import it again.
codes-renewed = { $name }{ $relationship ->
    [""] {""}
   *[other] {" "}({ $relationship })
} { $code }
codes-renewed-how = That person adds the bot on the new phone and sends the code. Codes given out before and not used are no longer valid.
