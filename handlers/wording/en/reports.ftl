# What we report without being asked
report-completed-title = Everyone has confirmed
report-completed = All { $all } have confirmed. The last confirmation was at { $moment }.
report-see-confirmed = See who confirmed
report-overdue-title = The deadline has passed
report-more = and { $count } more
report-see-pending = See who has not
report-unsent-title = An automatic reminder was not sent
report-unsent-out-of-quota = { $unconfirmed } have not confirmed. With "Remind now" you see how many people it is and what is left this month before it goes.
report-unsent-late = { $unconfirmed } have not confirmed. With "Remind now" you see how many people it is before it goes.
report-remind-now = Remind now
report-trouble-title = Some people were not sent to
report-unknown-title = It is not known whether some were sent to
report-over-notice = Sending the notice is over. Accepted: { $accepted }
report-over-reminder = Sending the reminder is over. Accepted: { $accepted }
report-expired = Not sent to { $count }, because its time was over.
report-given-up = Not sent to { $count } ({ $why }).
report-no-answer = trouble at the platform
report-refused = { $count } were refused by the platform.
report-unknown = For { $count } there was no answer: it is not known whether it was sent. It was not sent again, so that nobody gets it twice.
report-see-names = See who has not, and why
report-quota-title = This month's messages are used up
report-quota-waiting = { $count } people are waiting for it.
report-quota-plan = With a bigger plan, or when the month turns, it goes on to those who wait by itself (it is tried every 10 to 20 minutes).
report-quota-call = If it is urgent, see who has not, and call them.
report-unready-title = It was not sent
report-unready = The notice was too long to be made, so sending was stopped. Please make it shorter and send it again.

# How far a sending is
progress-see = See how far it is
progress-again = Look again
progress-notice = Sending: { $done } of { $all } ({ $percent }%)
progress-reminder = Sending the reminder: { $done } of { $all } ({ $percent }%)
progress-notice-counting = Sending: { $done } so far (still counting how many there are)
progress-reminder-counting = Sending the reminder: { $done } so far (still counting how many there are)
progress-seconds = About { $count } seconds to go
progress-minutes = About { $count } minutes to go
progress-hours = About { $count } hours to go

# A sending is late
late-not-begun = What was to be sent from { $moment } has not begun yet. If that does not change soon, please tell whoever runs the bot.
late-busy = Sending to { $count } is late. There is a lot to send: it goes out in turn.
late-rate_limited = Sending to { $count } is late. The platform is busy, so it goes out more slowly.
late-unknown = Sending to { $count } is late. The platform does not take it; it is tried again and again.
late-out_of_quota = Sending to { $count } has stopped. This month's messages are used up. With a bigger plan it goes on by itself.
late-unauthorized = Sending to { $count } has stopped. The bot's access to the platform is set up wrongly. Please tell whoever runs the bot.

# In the preview
draft-cost-reports = And at most { $most } reports to you (when messages are short they cost none, and come with the next answer)
draft-full = For { $count } this is the fourth message today, or more. If it is not urgent, it can go tomorrow.
draft-full-many = For { $count } or more this is the fourth message today, or more. If it is not urgent, it can go tomorrow.
report-broken = There is a problem with the WhatsApp template or account: nothing was sent to { $count } people. Once it is mended, "Remind" sends it.
