# 日時の読み取りで、たずねるとき
draft-date-unread = 「{ $typed }」を日時として読み取れませんでした。例:11/30 18時、明日 9時、金曜 17:00
draft-date-impossible = 「{ $typed }」という日時はありません。もう一度お願いします。例:11/30 18時
draft-date-past = { $moment } はもう過ぎています。どうしますか。
draft-date-weekday = 「{ $typed }」とありますが、カレンダーでは { $day } です。どちらですか。
draft-date-ambiguous = 「{ $typed }」は、どちらの日時ですか。
draft-date-far = { $moment } は1年より先です。まちがいありませんか。
draft-date-today = 今日 { $moment }
draft-date-tomorrow = 明日 { $moment }
