# Making a notice

## Beginnings
draft-offer = Send this as a notice?
draft-offer-begins = The text I received: “{ $line }” ({ $lines } lines)
draft-nothing-sent = Nothing has been sent to anybody yet.
draft-offer-before = You have an unfinished draft. If this text continues it, press “Add to the text before”.
draft-offer-yes = Make it a notice
draft-offer-no = Do not send
draft-join = Add to the text before

## Text
draft-text-title = Text of the notice
draft-text = Please send the text of the notice. Several messages are fine. When it is complete, send “end of text”.
draft-text-urgent = Please send the text of the urgent notice in one message.
draft-text-more = Received. { $lines } lines so far, the last is “{ $last }”. Send more, or press “End of text” when it is complete.
draft-enough = End of text
draft-rewrite-title = Change the text
draft-rewrite = Please send the new text. Until then the text stays as it is.

## Title
draft-title-title = Title of the notice
draft-title-which = Which line is the title? To use another title, just send it.
draft-title-type = Please send a title. For example: Evacuation drill
draft-untitled = Important notice

## Audience
draft-audience-title = Recipients
draft-audience = Who is it for? For more than one group, type them like this: 1A, 1B
draft-audience-no-groups = Who is it for? The roster has no groups, so only everyone can be chosen.
draft-audience-count = {" "}({ $count })
draft-audience-more = See other groups
draft-audience-everyone = Everyone ({ $count })
draft-audience-everyone-echo = Send it to everyone
draft-audience-near = There is no group “{ $name }” in the roster. Is it one of these?
draft-audience-unknown = There is no group “{ $name }” in the roster. Choose from the list, or type it again.
draft-audience-list = Choose from the list of groups
draft-audience-known = Only to { $groups }
draft-roster-empty = The roster is still empty, so there is nobody to send to. Please add the roster first. Your draft is kept.
draft-roster-again = The roster is ready, go on
draft-everyone-title = Sending to everyone
draft-everyone = This notice is for everyone ({ $count } people, { $contacts } contacts). Is that right?
draft-everyone-yes = Yes, everyone: { $count } people
draft-everyone-no = Choose the recipients again

## Deadline
draft-deadline-title = Deadline
draft-deadline = By when should people confirm? For another time, type it like this: 11/30 18:00
draft-deadline-none = No deadline
draft-expiry-title = Expiry
draft-expiry = Until when does this notice hold? Type it like this: 11/30 18:00
draft-expiry-none = No expiry

## When to send
draft-schedule-title = When to send
draft-schedule = When shall it go out? For another time, type it like this: 12/1 8:00
draft-schedule-none = At once
draft-schedule-hour = At what time on { $date } shall it go out? For another time, type it like this: 12/1 8:00
draft-schedule-quiet = { $moment } is in the quiet hours ({ $from }–{ $to }). When shall it go out?
draft-schedule-deadline = The time of sending ({ $moment }) is not before the deadline ({ $limit }). Please choose or type a time before it.
draft-schedule-expiry = The time of sending ({ $moment }) is not before the expiry ({ $limit }). Please choose or type a time before it.
morning-today = today { $time }
morning-tomorrow = tomorrow { $time }

## Automatic reminders
draft-reminders-title = Automatic reminders
draft-reminders = When shall those who have not confirmed be reminded? For other times, type them like this: 11/29 12:00, 11/30 7:30 (at most 3)
draft-reminders-none = No reminders
draft-reminders-evening = The evening before ({ $times })
draft-reminders-both = Evening and morning ({ $times })
draft-reminders-doubt-unread = I could not read “{ $typed }” as times for reminders. Please type them like this: 11/29 12:00, 11/30 7:30. To have none, type: none
draft-reminders-doubt-many = At most 3 reminders. Please type them again.
draft-reminders-doubt-past = “{ $typed }” has a time that is over, or before the notice goes out. Please type it again.
draft-reminders-doubt-deadline = “{ $typed }” has a time too near to the deadline. Reminders go out 30 minutes before it at the latest.
draft-reminders-doubt-expiry = “{ $typed }” has a time after the expiry. Please type it again.
draft-reminders-doubt-quiet = No automatic reminders go out in the quiet hours ({ $from }–{ $to }). Please type another time.

## Answers
draft-choices-title = Answer buttons
draft-choices = Which buttons should people answer with? For other words, type them like this: going, not going
draft-choices-doubt = I could not make buttons of “{ $typed }”. Please type up to 6 answers of up to 20 letters each, like this: yes, no
draft-choices-none = Only “{ $label }”
draft-choices-attend = Present, Absent
draft-choices-join = Taking part, Not taking part
draft-choices-want = Yes please, No thank you

## Before sending
draft-sample-lead = [SAMPLE] Not sent yet
draft-preview-title = Before sending
draft-preview-title-urgent = Before sending (urgent)
draft-whom = To: { $audience }
draft-heads = For { $members } people · recipients { $contacts } = messages { $cost }
draft-names = For example: { $names }
draft-cost-reminders = automatic reminders at most { $most }
draft-share = { $channel }: { $people } people = { $people } messages
draft-cost-thanks = up to { $most } short answers
draft-cost-left-today = { $left } more people within 24 hours
draft-short-today = WhatsApp lets you write to { $missing } people too few within 24 hours. Sent like this, some would get nothing. Choose a smaller audience, or send in parts.
draft-cost-left = { $left } left this month
draft-cost-free = no limit this month
draft-cost-unknown = what is left this month could not be checked
draft-short = This month is { $missing } messages short. If you send it now, some people will not get it. Please choose fewer recipients, or consider a larger plan.
draft-short-reminders = With the automatic reminders, what is left this month may not be enough. If it is not, that reminder goes to nobody, and “/status” says so.
draft-reserve = Once it is sent, { $left } messages are left this month, which is too few for an urgent notice to everyone ({ $people }).
draft-short-reminders-reserve = An automatic reminder goes out only if the urgent reserve remains. If it does not, it goes to nobody, and “/status” says so.
draft-nobody = There is nobody in “{ $audience }” now. Please choose other recipients, or check the roster.
draft-unreachable = None of the { $count } people in “{ $audience }” has a contact who can be reached now. Please hand out registration codes, or choose other recipients.
draft-is-deadline = Deadline: { $moment }
draft-is-deadline-filled = Deadline: { $moment } (no hour was given, so it is { $time })
draft-is-deadline-none = Deadline: none
draft-is-expiry = Expires: { $moment }
draft-is-schedule = It goes out on { $moment }.
draft-roster-counts = People and messages are those of the roster as it is now. The roster at the time of sending counts.
draft-is-night = It is night now ({ $from }–{ $to }).
draft-is-reminders = Automatic reminders: { $times } (only to those who have not confirmed)
draft-is-reminders-none = Automatic reminders: none
draft-is-choices = Answer buttons: { $choices }
draft-is-personal = Where it says “name”, each recipient sees the name of the person it is about.
draft-is-coverage-any = Rule: one contact's press is enough for each person
draft-is-coverage-every = Rule: every contact has to press
draft-ask-limit = The text says { $moment }. Is the deadline right as it is?
draft-ask-after = The text has the date { $date }, which is before the deadline. Is the deadline right as it is?
draft-ask-weekday = The text says “{ $date }”, but the calendar says { $day }. Is the text right as it is?
draft-ask-expiry = It expires before the deadline. Is that right?
draft-left-out = { $count } people cannot be reached through any contact: { $names }{ $rest ->
    [0] {""}
   *[other] {" "}and { $rest } more
}
draft-unreached = { $count } contacts cannot be reached (not registered: { $unregistered }, blocked: { $blocked }).
draft-unreached-more = and { $count } more
draft-reach-unregistered = not registered
draft-reach-blocked = blocked
draft-send = Send to { $audience } ({ $count })
draft-send-short = Send anyway to { $audience } ({ $count })
draft-send-reserve = Use the urgent reserve and send
draft-send-reserve-at = Use the urgent reserve, send { $at }
draft-send-reserve-now = Use the urgent reserve, send now
draft-send-at = { $at }: send to { $audience } ({ $count })
draft-send-morning = Send { $at }: { $audience } ({ $count })
draft-send-now = Send now: { $audience } ({ $count })
draft-schedule-button = Choose when to send
draft-reminders-button = Change the reminders
draft-try-button = Try it on myself
draft-other-audience = Change the recipients
draft-mend = Change something
draft-too-long-title = It cannot be sent like this
draft-too-long = Your draft is kept. What would you like to change?

## Trying
draft-try-lead = [TRIAL] Only you received this
draft-try-title = Sent to you alone
draft-try = Nobody else received it, and it is not counted. If it is right, press the send button.

## Changing
draft-menu-title = What would you like to change?
draft-menu = You will see the sample again afterwards.
draft-mend-title = Change the title
draft-mend-rewrite = Change the text
draft-mend-audience = Change the recipients
draft-mend-deadline = Change the deadline
draft-mend-choices = Change the answer buttons
draft-mend-coverage-any = One contact's press is enough
draft-mend-coverage-every = Ask every contact to press
draft-back = Go back, change nothing
draft-back-echo = Leave it as it is

## Cancelling and old buttons
draft-cancel = Cancel
draft-cancel-echo = Cancel this draft
draft-cancelled-title = The draft is cancelled
draft-cancelled = Nothing was sent to anybody.
draft-revive = Return to this draft
draft-revive-before = Return to the draft before
draft-stale = This draft is out of date
draft-stale-newer = There is a newer draft. Please go on with that one.
draft-stale-cancelled = This draft was cancelled. You can still return to it.
draft-stale-none = There is no unfinished draft. To make a notice, send “/send” or paste the text.
draft-show = Show the newest draft
draft-show-echo = Show me the newest draft

## After sending
draft-sent = #{ $number } “{ $title }” is on its way
draft-sent-heads = { $audience }: about { $members } people, sent to { $contacts } contacts
draft-sent-next = “Status” shows who has confirmed.
draft-sent-later = #{ $number } “{ $title }” goes out on { $moment }
draft-sent-later-stop = To call it off, send “/stop { $number }”.
draft-sent-call-off = Call it off
draft-sent-soon = #{ $number } “{ $title }” starts to go out in { $seconds } seconds
draft-sent-brake = If you see a mistake, press “Stop” within { $seconds } seconds. It stops before anybody gets it.
draft-sent-stop = Stop
draft-sent-status = Show the status
draft-sent-status-echo = status { $number }
