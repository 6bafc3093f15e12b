# Answers to whoever pressed a button
tap-counted = Received, thank you. ({ $moment })
tap-counted-answer = Received: "{ $choice }". Thank you. ({ $moment })
tap-changed = Received. ({ $moment })
tap-changed-answer = Received. Your answer now is "{ $choice }". ({ $moment })
tap-repeated = We have it already; no need to press again. ({ $moment })
tap-repeated-answer = We have your answer "{ $choice }" already. ({ $moment })
tap-title = Notice: { $title }
tap-about = For: { $names }{ $rest ->
    [0] {""}
   *[other] {" "}and { $rest } more
}
tap-late = The deadline has passed; your confirmation is recorded all the same.
tap-stranger = You are not registered yet, so we cannot tell whose confirmation this is. Please send the 8-digit code from your paper, then press the button again.
tap-not-recipient = "{ $title }" does not seem to be addressed to you. There is nothing to confirm; your press is recorded.
tap-closed = "{ $title }" is closed. Your press is recorded.
tap-cancelled = "{ $title }" was withdrawn. There is nothing to confirm.
tap-expired = "{ $title }" has expired. Your press is recorded.
tap-outdated = This notice has changed. Please read the new text below and press its button.
tap-foreign = This button does not belong to a notice of "{ $organization }". Nothing was recorded as confirmed.
tap-ask = Questions: { $contact }
