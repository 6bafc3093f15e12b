# To the administrators

## Late
alarm-notice = #{ $number } "{ $title }"
alarm-notices = Waiting: { $notices }{ $rest ->
    [0] {""}
   *[other] {" "}and { $rest } more
}
alarm-title-sender = Nothing is being sent
alarm-what-sender = Since { $since }, { $count } have not been sent. The program that sends does not seem to run.
alarm-do-sender = Ask whoever runs the server whether the bot is up. Once it is, sending goes on by itself. If it is urgent, tell people by telephone too.
alarm-title-mailings = A notice cannot begin
alarm-what-mailings = { $count } that should have gone out at { $since } could not begin yet. The reason is not known.
alarm-do-mailings = Ask whoever runs the server to look at the log. If a notice is urgent, tell people by telephone too.
alarm-title-calls = Sending does not move
alarm-what-calls = Since { $since }, sending to { $count } people does not move. Nobody knows why yet.
alarm-do-calls = It is tried again by itself. If nothing changes, ask whoever runs the server to restart the bot.
alarm-title-platform = Sending is delayed
alarm-what-platform = Since { $since }, LINE (or another service) does not answer, or puts off, sending to { $count } people.
alarm-do-platform = It is repeated by itself, and nobody gets it twice. In a hurry, tell people by telephone too.
alarm-title-quota = This month's messages are used up
alarm-what-quota = Since { $since }, sending to { $count } people waits.
alarm-do-quota = With a bigger plan, or next month, it goes on by itself. To call it off, send "/stop".
alarm-title-token = LINE refuses what we send
alarm-what-token = Since { $since }, sending to { $count } people waits. The channel access token seems to be wrong.
alarm-do-token = Ask whoever runs the server to put in a new token and to restart the bot. Then it goes on by itself.
alarm-title-arrivals = What came in is not counted yet
alarm-what-arrivals = Since { $since }, { $count } confirmations or messages that came in are not counted yet. None is lost.
alarm-do-arrivals = They will be counted by themselves. If nothing changes, have the log looked at by whoever runs the server.
alarm-over-title = It works again
alarm-over = This delay (since { $since }) was over by { $until }.

## Numbers that differ
alarm-difference-title = Numbers do not add up
alarm-difference-sent = { $notice }: it should go to { $expected } people, and its calls are for { $found }.
alarm-difference-folded = { $notice }: { $expected } confirmed, and the total says { $found }.
alarm-difference-do = This may be a fault of the bot. Ask whoever runs the server to look at the log. The names under "/pending" are right.

## Nothing could be taken
gap-title = Nothing could be received
gap-what = From { $since } to { $until } nothing could be received. Confirmations pressed in that time may be missing.
gap-do = If "Webhook redelivery" is on at LINE, they come in a while. Look with "/status", and ask those who are missing to press once more.
