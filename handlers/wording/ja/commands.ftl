# 管理者のコマンド

# どのお知らせか
choose-heading = #{ $number } { $title }
choose-head-count = 名簿の{ $members }人あて · { $moment } · 発信:{ $sender }
choose-see-status = 状況を見る
choose-see-list = 一覧を見る
choose-begin = お知らせを作る
choose-none-yet = まだお知らせがありません
choose-how-to-begin = 送りたい文章をここにそのまま貼りつけるか、「/お知らせ」と送ってください。送る前に見本と人数をお見せします。
choose-which = どのお知らせですか
choose-unknown = #{ $number } のお知らせはありません
choose-press-one = 近いものを並べました。押して選ぶか、「42」のように番号をつけて送ってください。
choose-none-of-yours = どのお知らせですか
choose-none-open = いま、あてはまるお知らせはありません
choose-cancelled = このお知らせは取り下げずみです({ $moment })。
choose-closed = このお知らせは終了しています({ $moment })。
choose-expired = このお知らせは有効期限が過ぎています({ $moment })。
choose-stopped = このお知らせの送信は止めてあります({ $moment })。
choose-preparing = いま送る準備をしています。人数はこれから増えます。
choose-nobody = このお知らせの対象になる人は、名簿にいませんでした。

# 状況
status-counts = 確認済み { $confirmed } · 未確認 { $unconfirmed } · 全 { $all }
status-counts-unreached = 確認済み { $confirmed } · 未確認 { $unconfirmed }(うち届いていない { $unreached }) · 全 { $all }
status-deadline = 締切:{ $moment }
status-deadline-passed = 締切:{ $moment }(過ぎました)
status-people = { $count }人
status-see-pending = 未確認の{ $count }人を見る
status-see-confirmed = 確認済みの{ $count }人を見る
status-remind = 催促する
status-again = もう一度送る
status-came = 届いた { $delivered } · 開いた { $opened }(分かっている人だけ)
status-came-means = 「届いた」「開いた」は、WhatsAppが知らせてくれた人数です。「確認しました」を押したこととは別です。
again-question = 送れたか分からない人が { $people }人います。その人たちだけに、もう一度送りますか。
again-means = はじめの1通が届いていた人には、2通になります。
again-send = { $people }人にもう一度送る
again-ordered = もう一度送りはじめました。
again-nobody = 送れたか分からない人は、いまはいません。
status-preparing = いま送る準備をしています。名簿の{ $members }人のうち、{ $counted }人を数えました。
status-cut-short = 途中で止めたため、名簿の{ $members }人のうち{ $counted }人だけを数えています。
status-starts-notice = { $moment } から送ります。
status-starts-reminder = 催促を { $moment } から送ります。
status-scheduled = { $moment } に送信予定です。まだだれにも送っていません。
status-planned = これからの自動催促:{ $times }
status-unsent-out-of-quota = { $moment } の自動催促は、今月の残り(緊急用の分をのぞく)では全員分に足りないため、だれにも送りませんでした。
status-unsent-late = { $moment } の自動催促は、時刻に間に合わなかったため、送りませんでした。
status-capped = 同じ日に3通受け取っている人には、催促を送りませんでした:{ $count }人
status-reminded = 催促:{ $count }回(最後は { $moment })
status-sending-notice = 送信:{ $parts }
status-sending-reminder = 催促の送信:{ $parts }
status-and = { " · " }
status-accepted = 受け付け { $count }
status-waiting = 送信待ち { $count }
status-sending = 送信中 { $count }
status-unknown = 不明 { $count }
status-refused = 送れず { $count }
status-dropped = 取りやめ { $count }
status-accepted-means = 「受け付け」は、LINEなどが引き受けた人数です。相手に届いたか、読まれたかは分かりません。

# 名前の一覧
paging-more = 続きを見る
paging-no-more = この続きには、もう誰もいません。
paging-from-the-start = はじめから見る
paging-no-group = グループなし
paging-and = { " · " }

# 未確認
pending-title = #{ $number } { $title }:未確認
pending-count = 未確認 { $unconfirmed }人(全 { $all }人)
pending-none = 全員({ $all }人)が確認しました。

# 未確認の理由
reason-opened = 開いた・まだ押していない
reason-opened-hint = 開いた・まだ押していない:画面に出たことまでは分かっています。
reason-delivered = 届いた・まだ押していない
reason-delivered-hint = 届いた・まだ押していない:電話には届いています。開いたかどうかは分かりません。
reason-not-pressed = まだ押していない
reason-not-pressed-hint = まだ押していない:送信は受け付けられています。読まれたかどうかは分かりません。
reason-sending = 送信中
reason-sending-hint = 送信中:送りましたが、LINEなどからまだ返事がありません。少し待ってからもう一度見てください。
reason-waiting = 送信待ち
reason-waiting-hint = 送信待ち:順番に送ります。
reason-unknown = 送れたか不明
reason-unknown-hint = 送れたか不明:LINEなどから返事がありませんでした。大切なお知らせなら、直接ご連絡ください。
reason-not-sent = まだ送っていない
reason-not-sent-hint = まだ送っていない:お知らせのあとで登録した人などです。受付中なら「催促する」で送れます。
reason-refused = 送れませんでした
reason-refused-hint = 送れませんでした:LINEなどに断られました。直接ご連絡ください。
reason-capped = きょうの上限
reason-capped-hint = きょうの上限:同じ日に3通受け取っているので、催促を送りませんでした。急ぐときは直接ご連絡ください。
reason-dropped = 送信取りやめ
reason-dropped-hint = 送信取りやめ:送信を止めたか期限が過ぎたため、送っていません。
reason-blocked = ブロック中
reason-blocked-hint = ブロック中:この連絡先には届きません。直接ご連絡ください。
reason-unregistered = 未登録
reason-unregistered-hint = 未登録:登録コードがまだ使われていません。コードをもう一度お渡しください。
reason-no-contact = 連絡先なし
reason-no-contact-hint = 連絡先なし:名簿に連絡先がありません。名簿に足してください。
reason-error-unreachable = WhatsAppでは届かない相手
reason-error-opted-out = 本人が受け取りを止めている
reason-error-no-report = 30分待っても知らせがない
reason-error-broken = テンプレートかアカウントの問題
reason-error-out-of-quota = 今月の通数の上限
reason-error-unauthorized = 送信の設定の誤り
reason-error-rate-limited = 混み合っている
reason-error-stopped = 送信を止めたため
reason-error-expired = 期限が過ぎたため

# 確認済
confirmed-title = #{ $number } { $title }:確認済み
confirmed-count = 確認済み { $confirmed }人(全 { $all }人)
confirmed-none = まだ誰も確認していません(全 { $all }人)。
confirmed-late = 期限後
means-line = LINE
means-whatsapp = WhatsApp
means-sms = SMS
means-email = メール
means-voice = 電話

# 催促
remind-title = #{ $number } { $title }:催促
remind-cost = まだの { $unconfirmed }人 · 送る相手 { $people }人 = { $people }通
remind-left = 今月の残り { $left }通
remind-left-unlimited = 今月の残り:上限はありません
remind-left-unknown = 今月の残りは、いま確かめられませんでした。
remind-left-today = 24時間にあと { $left }人まで送れます
remind-share = { $channel }:{ $people }人。{ $left }
remind-short-today = WhatsAppで24時間に送れるのはあと { $left }人で、{ $people }人全員には足りません。名前を見て直接連絡するか、あすまで待てます。このまま送ると、届かない人が出ます。
remind-short = 今月の残り { $left }通では、{ $people }人全員には足りません。名前を見て直接連絡するか、プランを上げるか、来月まで待てます。残りの数はおおよそなので、送ってみることもできます。送れなかった人は「/未確認」に理由つきで出ます。
remind-reserve = これを送ると今月の残りは { $left }通になり、緊急のお知らせを全員({ $people }人)に送る分に足りなくなります。
remind-send-reserve = 緊急用の残りも使って{ $people }人に送る
remind-unreached = ほかに、どの連絡先にも届かない人が { $unreached }人います。直接ご連絡ください。
remind-last = 催促は { $count }回送っています(最後は { $moment })。
remind-send = { $people }人にもう一度送る
remind-try-anyway = 足りないが{ $people }人に送ってみる
remind-all-confirmed = 全員({ $all }人)が確認しました。催促する相手はいません。
remind-nobody-reachable = まだの { $unconfirmed }人に、いま送れる相手がいません。名前と理由を見て、直接ご連絡ください。
remind-sending-notice = お知らせをまだ送っている途中です{ $count ->
    [0] 。
   *[other] (残り { $count }人)。
 }送り終わってから催促できます。
remind-sending-reminder = 前の催促をまだ送っている途中です{ $count ->
    [0] 。
   *[other] (残り { $count }人)。
 }送り終わってから催促できます。
remind-later-notice = このお知らせは { $moment } に送る予定です。まだだれにも送っていません。
remind-later-reminder = 前の催促は { $moment } に送る予定です。
remind-capped = 同じ日に3通受け取っている人が { $count }人います。その人たちには、きょうは送りません。
remind-night = いまは夜間({ $from }–{ $to })です。いつ送りますか。
remind-send-morning = { $at }に送る({ $people }人)
remind-send-at-once = 今すぐ送る({ $people }人)
remind-changed = 前にお見せしたときから、送る人数、今月の残り、または時間帯が変わりました。もう一度お確かめください。
remind-ordered = { $people }人にもう一度送ります。送る前に確認した人には送りません。
remind-ordered-later = { $people }人にもう一度送ります。{ $moment } から送ります。それまでに確認した人には送りません。
remind-ordered-already = この催促は受け付けずみです({ $moment })。二重には送りません。

# 一覧
list-title = お知らせ一覧
list-no-more = これより前のお知らせはありません
list-count = { $confirmed }/{ $all }
list-note = { $date } · { $state }
list-open = 受付中
list-late = 締切後
list-closed = 終了
list-expired = 期限切れ
list-cancelled = 取り下げ
list-sending = 送信中
list-scheduled = { $moment } に送信予定
list-stopped = 送信中止
list-status-of = #{ $number } の状況

# 終了
close-title = #{ $number } { $title } を終了しますか
close-means = 終了すると、そのあとに押されたボタンは数えません(押されたことは記録します)。まだ送っていない分は送りません。終了は取り消せません。
close-button = 終了する
close-done = #{ $number } { $title } を終了しました
close-done-means = このあとに押されたボタンは数えません。終了より前に押された確認は、あとから届いても数えます。

# 送信中止
stop-title = #{ $number } { $title } の送信を止めますか
stop-means = まだ送っていない分と、これからの自動催促を止めます。受け付けられた分は取り消せません。止めたあとは、このお知らせの催促も送れません。
stop-nothing = もう送り終わっているので、止められるものはありません。取り下げると、ボタンを押した人に取り下げたことを伝えます。
stop-button = 送信を止める
stop-announce = 行事の中止を知らせる
stop-withdraw = 取り下げる
stop-which = どちらの「中止」ですか
stop-standing-notice = お知らせ:受け付け { $accepted }人 · 送っていない { $not_sent }人 · 不明 { $unknown }人{ $refused ->
    [0] {""}
   *[other] {" "}· 送れず { $refused }人
}
stop-standing-reminder = 催促:受け付け { $accepted }人 · 送っていない { $not_sent }人 · 不明 { $unknown }人{ $refused ->
    [0] {""}
   *[other] {" "}· 送れず { $refused }人
}
stop-done = #{ $number } { $title } の送信を止めました
stop-done-nobody = まだだれにも送っていませんでした。だれにも届きません。
stop-done-means = 「受け付け」の分は取り消せません。「不明」の人には、届くかもしれません。受け取った人は今までどおり確認できます。

# 取り下げ
withdraw-title = #{ $number } { $title } を取り下げますか
withdraw-means = 取り下げると、まだ送っていない分は送らず、ボタンを押した人には「取り下げられました」と答えます。受け取った人に、こちらから連絡はしません。届いたお知らせは相手の画面に残ります。取り下げは取り消せません。
withdraw-button = 取り下げる
withdraw-done = #{ $number } { $title } を取り下げました
withdraw-done-means = 受け取った人に、こちらから連絡はしていません。伝えたいことがあれば、新しいお知らせを送ってください。

# ヘルプ
help-title = できること
help-how = 文章を貼りつけると、お知らせとして送れます。送る前に、見本と人数をお見せします。「/」は全角でもかまいません。
help-number = 「{ $example } 42」のように番号をつけると、そのお知らせになります。番号がなければ、見るときは最新のもの、変えるときはご自分の最新のものです。
help-notice = 作って送る
help-status = 確認した人数
help-pending = まだの人と理由
help-confirmed = 確認した人と時刻
help-remind = まだの人にもう一度
help-list = これまでのお知らせ
help-correct = 内容を直す
help-deadline = 締切を変える
help-close = 受付を終える
help-stop = 送信を止める
help-withdraw = お知らせを取り下げる
help-urgent = 夜間でもすぐ送る
help-roster = 名簿を見る
help-invite = 登録コードを作る
help-proxy = 電話などで聞いた確認を記録する
help-export = 結果を表にする
help-notice-button = お知らせを作る
help-status-button = 状況を見る
help-pending-button = 未確認を見る
help-list-button = 一覧を見る

# 結果の表
results-code = コード
results-name = 名前
results-groups = グループ
results-state = 状態
results-at = 確認日時
results-means = 手段
results-who = 連絡先
results-answer = 回答
results-late = 期限
results-reason = 未確認の理由
results-confirmed = 確認済み
results-unconfirmed = 未確認
