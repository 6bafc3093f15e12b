# こちらからお伝えする報告
report-completed-title = 全員が確認しました
report-completed = 全 { $all }人が確認しました。最後の確認は { $moment } です。
report-see-confirmed = 確認した人を見る
report-overdue-title = 締切になりました
report-more = ほか { $count }人
report-see-pending = まだの人を見る
report-unsent-title = 自動催促を送りませんでした
report-unsent-out-of-quota = まだの人は { $unconfirmed }人です。「今すぐ催促」で、人数と今月の残りを確かめてから送れます。
report-unsent-late = まだの人は { $unconfirmed }人です。「今すぐ催促」で、人数を確かめてから送れます。
report-remind-now = 今すぐ催促
report-trouble-title = 送れなかった人がいます
report-unknown-title = 送れたか分からない人がいます
report-over-notice = お知らせの送信が終わりました。受け付け { $accepted }人
report-over-reminder = 催促の送信が終わりました。受け付け { $accepted }人
report-expired = 期限が来たため { $count }人には送りませんでした。
report-given-up = { $count }人には送れませんでした({ $why })。
report-no-answer = 送信先の都合
report-refused = { $count }人には、LINEなどに断られて送れませんでした。
report-unknown = { $count }人は、返事がなく、送れたか分かりません。二重に届かないように、送りなおしていません。
report-see-names = まだの人と理由を見る
report-quota-title = 今月の通数を使い切りました
report-quota-waiting = { $count }人への送信が待っています。
report-quota-plan = プランを上げるか、月が変わると、待っている人に続きを自動で送ります(10〜20分おきにためします)。
report-quota-call = お急ぎのときは、まだの人の名前を見て、電話などでご連絡ください。
report-unready-title = 送れませんでした
report-unready = お知らせが長すぎて作れなかったため、送信を止めました。文を短くして、もう一度お送りください。

# 送信の進みぐあい
progress-see = 進みぐあいを見る
progress-again = もう一度見る
progress-notice = 送信中 { $done }人 / { $all }人({ $percent }%)
progress-reminder = 催促を送信中 { $done }人 / { $all }人({ $percent }%)
progress-notice-counting = 送信中 { $done }人(全体の人数は、まだ数えています)
progress-reminder-counting = 催促を送信中 { $done }人(全体の人数は、まだ数えています)
progress-seconds = あと約{ $count }秒
progress-minutes = あと約{ $count }分
progress-hours = あと約{ $count }時間

# 送信の遅れ
late-not-begun = { $moment } からの送信が、まだ始まっていません。しばらく待っても変わらなければ、ボットの運用担当にお知らせください。
late-busy = { $count }人への送信が遅れています。混み合っているため、順番に送っています。
late-rate_limited = { $count }人への送信が遅れています。LINEなどが混み合っているため、間をあけて送っています。
late-unknown = { $count }人への送信が遅れています。LINEなどが受け付けないため、くり返しためしています。
late-out_of_quota = { $count }人への送信が止まっています。今月の通数を使い切りました。プランを上げると、自動で続きを送ります。
late-unauthorized = { $count }人への送信が止まっています。送信の設定(認証)に誤りがあります。ボットの運用担当にお知らせください。

# 送る前の確認で
draft-cost-reports = ほかに、あなたへの報告が最大{ $most }通(足りないときは、通数を使わず、次のお返事といっしょにお伝えします)
draft-full = きょう、これで4通目以上になる人が { $count }人います。急ぎでなければ、明日送ることもできます。
draft-full-many = きょう、これで4通目以上になる人が { $count }人以上います。急ぎでなければ、明日送ることもできます。
report-broken = WhatsAppのテンプレートかアカウントに問題があり、{ $count }人には送りませんでした。直したあと「催促する」で送れます。
