# お知らせカード
card-mark = 要確認
card-mark-urgent = 緊急・要確認
card-about = 対象:{ $audience }
card-sender = 発信:{ $name }
card-deadline = 締切:{ $moment }
card-ask = お問い合わせ:{ $contact }
card-senders = 先生
card-hint = 押すと、確認したことが{ $senders }に伝わります。「受け付けました」が届かないときは、もう一度押してください。
card-hint-answers = 押すと、お返事が{ $senders }に伝わります。「受け付けました」が届かないときは、もう一度押してください。
card-headline = 【{ $mark }】
card-headline-deadline = 【{ $mark }・{ $date }まで】
card-lead-reminder = 再送です。行きちがいでしたらご容赦ください。
confirm-echo = 確認ボタンを押しました
answer-echo = 「{ $choice }」を押しました
audience-everyone = 全員
audience-many = { $first }など{ $count }グループ
