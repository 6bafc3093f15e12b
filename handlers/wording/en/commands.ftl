# The administrator's commands

# Which notice
choose-heading = #{ $number } { $title }
choose-head-count = To { $members } on the roster · { $moment } · from { $sender }
choose-see-status = See how it stands
choose-see-list = See the list
choose-begin = Write a notice
choose-none-yet = There is no notice yet
choose-how-to-begin = Paste the text that you want to send, or send "/send". You will see a sample and the head-count before anything goes out.
choose-which = Which notice?
choose-unknown = There is no notice #{ $number }
choose-press-one = These are close. Press one, or send its number, such as "42".
choose-none-of-yours = Which notice?
choose-none-open = There is no notice that this can be done to
choose-cancelled = This notice was withdrawn ({ $moment }).
choose-closed = This notice is closed ({ $moment }).
choose-expired = This notice has expired ({ $moment }).
choose-stopped = The sending of this notice was stopped ({ $moment }).
choose-preparing = The sending is being prepared. The numbers will grow.
choose-nobody = Nobody on the roster belonged to this notice.

# Status
status-counts = Confirmed { $confirmed } · not yet { $unconfirmed } · all { $all }
status-counts-unreached = Confirmed { $confirmed } · not yet { $unconfirmed } (cannot be reached: { $unreached }) · all { $all }
status-deadline = Deadline: { $moment }
status-deadline-passed = Deadline: { $moment } (passed)
status-people = { $count }
status-see-pending = Who has not ({ $count })
status-see-confirmed = Who has ({ $count })
status-remind = Remind them
status-again = Send again
status-came = Delivered { $delivered } · opened { $opened } (as far as it is known)
status-came-means = "Delivered" and "opened" are what WhatsApp tells. Neither is a confirmation.
again-question = Nobody knows whether it went out to { $people } people. Send it once more to them alone?
again-means = Whoever did get the first one gets a second.
again-send = Send again to { $people }
again-ordered = It is being sent once more.
again-nobody = There is nobody now of whom it is not known.
status-preparing = The sending is being prepared: { $counted } of { $members } on the roster are counted so far.
status-cut-short = It was stopped half-way: only { $counted } of { $members } on the roster are counted.
status-starts-notice = It goes out from { $moment } on.
status-starts-reminder = The reminder goes out from { $moment } on.
status-scheduled = It is to go out at { $moment }. Nothing has been sent to anybody yet.
status-planned = Automatic reminders to come: { $times }
status-unsent-out-of-quota = The automatic reminder of { $moment } went to nobody: what is left this month, besides the urgent reserve, is not enough for all of them.
status-unsent-late = The automatic reminder of { $moment } was not sent: it could not begin in time.
status-capped = Not reminded, because they had 3 messages that day already: { $count }
status-reminded = Reminders: { $count } (the last: { $moment })
status-sending-notice = Sending: { $parts }
status-sending-reminder = Sending of reminders: { $parts }
status-and = { " · " }
status-accepted = accepted { $count }
status-waiting = waiting { $count }
status-sending = being sent { $count }
status-unknown = unknown { $count }
status-refused = refused { $count }
status-dropped = not sent { $count }
status-accepted-means = "Accepted" counts people whose copy LINE (or another service) took over. Whether it arrived or was read is not known.

# Lists of names
paging-more = Show more
paging-no-more = Nobody is left after this point.
paging-from-the-start = Show from the start
paging-no-group = No group
paging-and = { " · " }

# Who has not
pending-title = #{ $number } { $title }: not yet
pending-count = Not yet { $unconfirmed } of { $all }
pending-none = Everyone ({ $all }) has confirmed.

# Why not
reason-opened = Opened, not pressed yet
reason-opened-hint = Opened, not pressed yet: it was on the screen, and that is all that is known.
reason-delivered = Delivered, not pressed yet
reason-delivered-hint = Delivered, not pressed yet: it is on the telephone. Whether it was opened is not known.
reason-not-pressed = not pressed yet
reason-not-pressed-hint = Not pressed yet: the copy was accepted. Whether it was read is not known.
reason-sending = being sent
reason-sending-hint = Being sent: the service has not answered yet. Please look again in a little while.
reason-waiting = waiting to be sent
reason-waiting-hint = Waiting to be sent: it goes out in its turn.
reason-unknown = perhaps not sent
reason-unknown-hint = Perhaps not sent: the service never answered. If it matters, please get in touch directly.
reason-not-sent = not sent yet
reason-not-sent-hint = Not sent yet: people who registered after the notice, for example. While the notice is open, "Remind them" sends it.
reason-refused = could not be sent
reason-refused-hint = Could not be sent: the service refused it. Please get in touch directly.
reason-capped = enough for one day
reason-capped-hint = Enough for one day: they had 3 messages that day already, so no reminder was sent. If it is pressing, please get in touch directly.
reason-dropped = sending called off
reason-dropped-hint = Sending called off: it was stopped or had expired, and was not sent.
reason-blocked = has blocked us
reason-blocked-hint = Has blocked us: nothing reaches this person here. Please get in touch directly.
reason-unregistered = not registered
reason-unregistered-hint = Not registered: the registration code was not used yet. Please hand it over once more.
reason-no-contact = no contact
reason-no-contact-hint = No contact: the roster names nobody to send to. Please add somebody.
reason-error-unreachable = not to be reached by WhatsApp
reason-error-opted-out = has stopped receiving
reason-error-no-report = no news after 30 minutes
reason-error-broken = a problem with the template or the account
reason-error-out-of-quota = this month's limit is used up
reason-error-unauthorized = a setting for sending is wrong
reason-error-rate-limited = too busy
reason-error-stopped = sending was stopped
reason-error-expired = it had expired

# Who has
confirmed-title = #{ $number } { $title }: confirmed
confirmed-count = Confirmed { $confirmed } of { $all }
confirmed-none = Nobody has confirmed yet (all { $all }).
confirmed-late = late
means-line = LINE
means-whatsapp = WhatsApp
means-sms = SMS
means-email = e-mail
means-voice = telephone

# Reminders
remind-title = #{ $number } { $title }: reminder
remind-cost = Not yet { $unconfirmed } · recipients { $people } = messages { $people }
remind-left = Messages left this month: { $left }
remind-left-unlimited = Messages left this month: no limit
remind-left-unknown = How many messages are left this month could not be found out now.
remind-left-today = { $left } more people within 24 hours
remind-share = { $channel }: { $people }. { $left }
remind-short-today = WhatsApp lets us write to { $left } more people within 24 hours, which is too few for all { $people }. You can look at the names and get in touch directly, or wait until tomorrow. If it is sent now, some will not get it.
remind-short = The { $left } messages left this month are not enough for all { $people }. You can look at the names and get in touch directly, take a bigger plan, or wait for next month. The figure is approximate, so you may also try; whoever is not sent to appears under "/pending" with the reason.
remind-reserve = After this, { $left } messages are left this month: too few for an urgent notice to all { $people }.
remind-send-reserve = Use the urgent reserve, send to { $people }
remind-unreached = Besides, { $unreached } cannot be reached by any means here. Please get in touch directly.
remind-last = Reminders so far: { $count } (the last: { $moment }).
remind-send = Send again to { $people }
remind-try-anyway = Not enough, but try { $people }
remind-all-confirmed = Everyone ({ $all }) has confirmed. There is nobody to remind.
remind-nobody-reachable = None of the { $unconfirmed } who have not confirmed can be sent to now. Please look at names and reasons, and get in touch directly.
remind-sending-notice = The notice is still being sent{ $count ->
    [0] .
   *[other] { " " }(left: { $count }).
 } You can remind once that is done.
remind-sending-reminder = The last reminder is still being sent{ $count ->
    [0] .
   *[other] { " " }(left: { $count }).
 } You can remind again once that is done.
remind-later-notice = This notice is to go out at { $moment }. Nothing has been sent to anybody yet.
remind-later-reminder = The reminder before is to go out at { $moment }.
remind-capped = { $count } people have had 3 messages today already. Nothing more is sent to them today.
remind-night = It is night now ({ $from }–{ $to }). When shall it go out?
remind-send-morning = Send { $at } ({ $people })
remind-send-at-once = Send now ({ $people })
remind-changed = The number of people, what is left this month, or the time of day has changed. Please look again.
remind-ordered = It goes out again to { $people }. Whoever confirms before that is left out.
remind-ordered-later = It goes out again to { $people }, from { $moment } on. Whoever confirms before that is left out.
remind-ordered-already = This reminder was ordered already ({ $moment }). Nothing is sent twice.

# List
list-title = Notices
list-no-more = There are no earlier notices
list-count = { $confirmed }/{ $all }
list-note = { $date } · { $state }
list-open = open
list-late = past the deadline
list-closed = closed
list-expired = expired
list-cancelled = withdrawn
list-sending = being sent
list-scheduled = to go out at { $moment }
list-stopped = sending stopped
list-status-of = How #{ $number } stands

# Close
close-title = Close #{ $number } { $title }?
close-means = Once closed, buttons pressed later no longer count (that they were pressed is recorded). What was not sent yet is not sent. Closing cannot be undone.
close-button = Close it
close-done = #{ $number } { $title } is closed
close-done-means = Buttons pressed from now on do not count. A confirmation made before the closing counts even if it arrives later.

# Stop
stop-title = Stop sending #{ $number } { $title }?
stop-means = What was not sent yet is stopped, and so are the automatic reminders to come. What was accepted cannot be called back. No reminder can be sent for this notice afterwards.
stop-nothing = Everything has gone out already; there is nothing to stop. If you withdraw the notice, whoever presses its button is told so.
stop-button = Stop the sending
stop-announce = Announce that an event is off
stop-withdraw = Withdraw the notice
stop-which = What is to be called off?
stop-standing-notice = Notice: accepted { $accepted } · not sent { $not_sent } · unknown { $unknown }{ $refused ->
    [0] {""}
   *[other] {" "}· refused { $refused }
}
stop-standing-reminder = Reminder: accepted { $accepted } · not sent { $not_sent } · unknown { $unknown }{ $refused ->
    [0] {""}
   *[other] {" "}· refused { $refused }
}
stop-done = The sending of #{ $number } { $title } is stopped
stop-done-nobody = Nothing had been sent to anybody. Nobody gets it.
stop-done-means = "Accepted" copies cannot be called back; "unknown" ones may arrive. Whoever has received it can confirm as before.

# Withdraw
withdraw-title = Withdraw #{ $number } { $title }?
withdraw-means = Once withdrawn, what was not sent yet is not sent, and whoever presses the button is told that it was withdrawn. Those who received it are not told by us, and it stays on their screens. Withdrawing cannot be undone.
withdraw-button = Withdraw it
withdraw-done = #{ $number } { $title } is withdrawn
withdraw-done-means = Those who received it were not told by us. If they should know something, please send a new notice.

# Help
help-title = What you can do
help-how = Paste a text to send it as a notice. You will see a sample and the head-count first.
help-number = With a number, as in "{ $example } 42", it is that notice. Without one, looking takes the latest, and changing takes your own latest.
help-notice = write and send
help-status = how many have confirmed
help-pending = who has not, and why
help-confirmed = who has, and when
help-remind = once more to the others
help-list = notices so far
help-correct = change the text
help-deadline = move the deadline
help-close = take no more answers
help-stop = stop the sending
help-withdraw = take a notice back
help-urgent = send at once, even at night
help-roster = look at the roster
help-invite = make registration codes
help-proxy = record a confirmation given by telephone
help-export = results as a table
help-notice-button = Write a notice
help-status-button = See how it stands
help-pending-button = See who has not
help-list-button = See the list

# Table of results
results-code = Code
results-name = Name
results-groups = Groups
results-state = State
results-at = Confirmed at
results-means = By
results-who = Contact
results-answer = Answer
results-late = Deadline
results-reason = Why not
results-confirmed = confirmed
results-unconfirmed = not yet
