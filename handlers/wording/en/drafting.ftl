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
draft-heads = About { $members } people, sent to { $contacts } contacts
draft-names = For example: { $names }
draft-cost = It uses { $cost } messages ({ $left } left this month).
draft-cost-free = It uses { $cost } messages (no limit this month).
draft-cost-unknown = It uses { $cost } messages. How many are left this month could not be checked.
draft-short = This month is { $missing } messages short. If you send it now, some people will not get it. Please choose fewer recipients, or consider a larger plan.
draft-nobody = There is nobody in “{ $audience }” now. Please choose other recipients, or check the roster.
draft-unreachable = None of the { $count } people in “{ $audience }” has a contact who can be reached now. Please hand out registration codes, or choose other recipients.
draft-is-deadline = Deadline: { $moment }
draft-is-deadline-filled = Deadline: { $moment } (no hour was given, so it is { $time })
draft-is-deadline-none = Deadline: none
draft-is-expiry = Expires: { $moment }
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
draft-sent-status = Show the status
draft-sent-status-echo = status { $number }
