# The notice card
card-mark = Please confirm
card-mark-urgent = Urgent: please confirm
card-about = For: { $audience }
card-sender = From: { $name }
card-deadline = Please confirm by { $moment }
card-ask = Questions: { $contact }
card-senders = the sender
card-hint = Pressing the button tells { $senders } that you have read this. If no "Received" comes back, please press again.
card-hint-answers = Pressing a button sends your answer to { $senders }. If no "Received" comes back, please press again.
card-headline = [{ $mark }]
card-headline-deadline = [{ $mark } by { $date }]
card-lead-reminder = This is a second copy. If you have just answered, please forgive us.
confirm-echo = I pressed the confirm button
answer-echo = I pressed "{ $choice }"
audience-everyone = everyone
audience-many = { $first } and others ({ $count } groups)
