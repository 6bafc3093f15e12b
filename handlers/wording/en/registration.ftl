# Registration
greet-stranger =
    Thank you for adding us. This account brings notices from { $organization }.
    Please register first: send the 8-digit code from your paper.
greet-back = Welcome back, { $name }. Notices from { $organization } will reach you here again.
group-why =
    Thank you for the invitation. In a group everybody would see who has not confirmed, so this account does not work in groups.
    Please add it as a friend, each of you, to receive notices from { $organization }. It leaves this group now.
group-link = Add as a friend: { $link }
code-wrong = We do not know that code. Please check the 8 digits on your paper. ({ $left } more wrong tries and registration pauses for an hour)
code-paused = There were too many wrong codes. Registration pauses until { $time }; please try again then.
code-used = That code has been used already. If that was not you, please ask the person in charge.
code-others = The person of that code is registered already, from another phone. Please let each person send their own code. Questions: { $contact }
code-yours = You are registered with that code already. There is nothing more to do.
code-expired = That code has expired. Please ask the person in charge for a new one.
code-shape = A registration code has 8 digits. Please send it as it stands on your paper. (Example: register 1234 5678)
register-title = Please check
register-self = { $name }
register-guardian = { $name }, contact of { $members }
register-relative = { $name } ({ $relationship }), contact of { $members }
register-question = You will be registered as this person. Is that right?
register-yes = Yes, register me
register-no = No, that is not me
register-declined = You were not registered. The paper may be somebody else's. Questions: { $contact }
register-done = You are registered ({ $who }). Notices will come here. When you have read one, press its button.
register-administrator = You are now an administrator of { $organization }. Send "help" to see what you can do.
stop-stopped = Nothing more will be sent to this chat by { $organization }. To get notices again, send "start".
stop-resumed = Notices from { $organization } will come here again.
stop-stranger = You are not registered with { $organization }. No notices come to this chat.
open-some = Notices you have still to confirm: { $count }.
open-more = Notices you have still to confirm: { $count }. Here are the newest { $shown }.
