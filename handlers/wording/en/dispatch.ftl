# Answers anybody may get
not-read = What you write here does not reach { $organization }. This account only brings notices for you to confirm.
not-read-ask = If it is urgent, please ring { $contact }.
not-read-can = When a notice comes, please press its button. To register for another child, send the 8-digit code.
not-read-register = If you are not registered yet, please send the 8-digit code from your paper.
press-unknown = That button cannot be used with { $organization } now.
press-sample = That was a sample button. Nothing is recorded.
typed-title = We could not read that
typed-near = Did you mean this? Press to go on.
typed-unknown = To send a notice, paste its text or send "/send". The button below lists what you can do.
