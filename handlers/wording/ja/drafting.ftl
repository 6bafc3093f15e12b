# お知らせを作る

## はじまり
draft-offer = お知らせとして送りますか
draft-offer-begins = 受け取った文章:「{ $line }」({ $lines }行)
draft-nothing-sent = まだ、だれにも送っていません。
draft-offer-before = 作りかけの下書きがあります。その続きの文章なら「前の文章につなげる」を押してください。
draft-offer-yes = お知らせにする
draft-offer-no = 送りません
draft-join = 前の文章につなげる

## 本文
draft-text-title = お知らせの文章
draft-text = お知らせの文章を送ってください。何回かに分けても大丈夫です。最後に「本文はここまで」と送ってください。
draft-text-urgent = 緊急のお知らせの文章を、1通にまとめて送ってください。
draft-text-more = 受け取りました。いま{ $lines }行、最後は「{ $last }」です。続きがあれば送ってください。終わりなら「本文はここまで」を押してください。
draft-enough = 本文はここまで
draft-rewrite-title = 本文を直す
draft-rewrite = 新しい本文を送ってください。送るまでは、いまの本文のままです。

## 題
draft-title-title = お知らせの題
draft-title-which = 題はどれにしますか。ほかの題にするときは、その題を送ってください。
draft-title-type = 題を送ってください。例:避難訓練について
draft-untitled = 大切なお知らせ

## 宛先
draft-audience-title = 宛先
draft-audience = だれに送りますか。2つ以上のグループに送るときは「1年A組、1年B組」のように書いて送ってください。
draft-audience-no-groups = だれに送りますか。名簿にグループがないので、全員だけ選べます。
draft-audience-count = ({ $count }人)
draft-audience-more = ほかのグループを見る
draft-audience-everyone = 全員({ $count }人)
draft-audience-everyone-echo = 全員に送ります
draft-audience-near = 「{ $name }」というグループは名簿にありません。この中にありますか。
draft-audience-unknown = 「{ $name }」というグループは名簿にありません。グループの一覧から選ぶか、もう一度書いて送ってください。
draft-audience-list = グループの一覧から選ぶ
draft-audience-known = { $groups }だけに送る
draft-roster-empty = 名簿がまだ空なので、送る相手がいません。先に名簿を登録してください。下書きは残しておきます。
draft-roster-again = 名簿を入れたので続ける
draft-everyone-title = 全員に送る確認
draft-everyone = 全員({ $count }人、連絡先 { $contacts }人)に送るお知らせです。よろしいですか。
draft-everyone-yes = はい、全員 { $count }人です
draft-everyone-no = 宛先を選びなおす

## 締切
draft-deadline-title = 締切
draft-deadline = いつまでに確認してもらいますか。ほかの日時は「11/30 18時」のように書いて送ってください。
draft-deadline-none = 締切なし
draft-expiry-title = 有効期限
draft-expiry = このお知らせは、いつまで有効ですか。「11/30 18時」のように書いて送ってください。
draft-expiry-none = 有効期限なし

## 送る時刻
draft-schedule-title = 送る時刻
draft-schedule = いつ送りますか。ほかの日時は「12/1 8時」のように書いて送ってください。
draft-schedule-none = すぐに送る
draft-schedule-hour = { $date } の何時に送りますか。ほかの時刻は「12/1 8時」のように書いて送ってください。
draft-schedule-quiet = { $moment } は夜間({ $from }–{ $to })です。いつ送りますか。
draft-schedule-deadline = 送る時刻({ $moment })が、締切({ $limit })より前になっていません。締切より前の日時を選ぶか、書いて送ってください。
draft-schedule-expiry = 送る時刻({ $moment })が、有効期限({ $limit })より前になっていません。有効期限より前の日時を選ぶか、書いて送ってください。
morning-today = 今日{ $time }
morning-tomorrow = 明日{ $time }

## 自動催促
draft-reminders-title = 自動の催促
draft-reminders = まだ確認していない人に、いつ催促を送りますか。ほかの時刻は「11/29 12時、11/30 7時半」のように書いて送ってください(3回まで)。
draft-reminders-none = なし
draft-reminders-evening = 前日の夕方だけ({ $times })
draft-reminders-both = 前日の夕方と当日の朝({ $times })
draft-reminders-doubt-unread = 「{ $typed }」を、催促の時刻として読み取れませんでした。「11/29 12時、11/30 7時半」のように書いて送ってください。いらないときは「なし」と送ってください。
draft-reminders-doubt-many = 催促は3回までです。もう一度書いて送ってください。
draft-reminders-doubt-past = 「{ $typed }」には、お知らせを送る前か、もう過ぎた時刻があります。もう一度書いて送ってください。
draft-reminders-doubt-deadline = 「{ $typed }」には、締切に間に合わない時刻があります。催促は、締切の30分前までに送ります。
draft-reminders-doubt-expiry = 「{ $typed }」には、有効期限より後の時刻があります。もう一度書いて送ってください。
draft-reminders-doubt-quiet = 夜間({ $from }–{ $to })には、自動の催促を送りません。ほかの時刻を書いて送ってください。

## 回答
draft-choices-title = 回答のボタン
draft-choices = どんなボタンで答えてもらいますか。ほかのことばは「行く、行かない」のように書いて送ってください。
draft-choices-doubt = 「{ $typed }」はボタンにできませんでした。6つまで、それぞれ20文字までで、「出席、欠席」のように書いて送ってください。
draft-choices-none = 「{ $label }」だけ
draft-choices-attend = 出席、欠席
draft-choices-join = 参加、不参加
draft-choices-want = 希望する、希望しない

## 送る前の確認
draft-sample-lead = 【見本】まだ送っていません
draft-preview-title = 送る前の確認
draft-preview-title-urgent = 送る前の確認(緊急)
draft-whom = 宛先:{ $audience }
draft-heads = 対象 { $members }人・送る相手 { $contacts }人={ $cost }通
draft-names = 例:{ $names }
draft-cost-reminders = 自動催促 最大{ $most }通
draft-share = { $channel }:{ $people }人={ $people }通
draft-cost-thanks = お礼の返信 最大{ $most }通
draft-cost-left-today = 24時間にあと{ $left }人
draft-short-today = WhatsAppで24時間に送れる人数が { $missing }人分足りません。このまま送ると、届かない人が出ます。宛先を減らすか、分けて送ってください。
draft-cost-left = 今月の残り{ $left }通
draft-cost-free = 今月の上限はありません
draft-cost-unknown = 今月の残りは確認できませんでした
draft-short = 今月の残りが { $missing }通足りません。このまま送ると、届かない人が出ます。宛先を減らすか、プランの変更をご検討ください。
draft-short-reminders = 自動催促の分まで入れると、今月の残りでは足りないかもしれません。足りないときは、その催促はだれにも送らず、「/状況」でお知らせします。
draft-reserve = 送ると今月の残りは { $left }通です。緊急のお知らせを全員({ $people }人)に送る分が足りなくなります。
draft-short-reminders-reserve = 自動催促は、緊急用の分を残して全員に送れるときだけ送ります。足りないときはだれにも送らず、「/状況」でお知らせします。
draft-nobody = 「{ $audience }」には、いま名簿の人がいません。宛先を選びなおすか、名簿をご確認ください。
draft-unreachable = 「{ $audience }」の{ $count }人に、いま届く連絡先がありません。登録コードを配って登録をお願いするか、宛先を選びなおしてください。
draft-is-deadline = 締切:{ $moment }
draft-is-deadline-filled = 締切:{ $moment }(時刻がなかったので { $time } にしました)
draft-is-deadline-none = 締切:なし
draft-is-expiry = 有効期限:{ $moment }
draft-is-schedule = { $moment } に送ります。
draft-roster-counts = 人数と通数は、いまの名簿のものです。送るときの名簿で送ります。
draft-is-night = いまは夜間({ $from }–{ $to })です。
draft-is-reminders = 自動催促:{ $times }(まだの人だけに送ります)
draft-is-reminders-none = 自動催促:なし
draft-is-choices = 回答のボタン:{ $choices }
draft-is-personal = 「名前」のところには、受け取る人ごとに対象の人の名前が入ります。
draft-is-coverage-any = 確認のルール:対象の人ごとに、だれか1人が押せば確認済みになります
draft-is-coverage-every = 確認のルール:連絡先の全員が押すと確認済みになります
draft-ask-limit = 本文には { $moment } までとあります。締切はこのままでよいですか。
draft-ask-after = 締切より前の { $date } という日付が本文にあります。締切はこのままでよいですか。
draft-ask-weekday = 本文に「{ $date }」とありますが、カレンダーでは { $day } です。本文はこのままでよいですか。
draft-ask-expiry = 有効期限が締切より前です。このままでよいですか。
draft-left-out = どの連絡先にも届かない人が { $count }人います:{ $names }{ $rest ->
    [0] {""}
   *[other] {" "}ほか{ $rest }人
}
draft-unreached = 届かない連絡先が { $count }人います(未登録 { $unregistered }人・ブロック { $blocked }人)。
draft-unreached-more = ほか{ $count }人
draft-reach-unregistered = 未登録
draft-reach-blocked = ブロック
draft-send = { $audience } { $count }人に送る
draft-send-short = 足りないまま{ $audience } { $count }人に送る
draft-send-reserve = 緊急用の残りも使って送る
draft-send-reserve-at = 緊急用の残りも使って{ $at }に送る
draft-send-reserve-now = 緊急用の残りも使って今すぐ送る
draft-send-at = { $at } に{ $audience } { $count }人へ送る
draft-send-morning = { $at }に送る({ $audience } { $count }人)
draft-send-now = 今すぐ送る({ $audience } { $count }人)
draft-schedule-button = 送る時刻を決める
draft-reminders-button = 催促を変える
draft-try-button = 自分に試し送り
draft-other-audience = 宛先を変える
draft-mend = 直す
draft-too-long-title = このままでは送れません
draft-too-long = 下書きは残っています。どこを直しますか。

## 試し送り
draft-try-lead = 【試し送り】あなただけに届いています
draft-try-title = 試し送りをしました
draft-try = ほかの人には届いていません。通数にも数えません。これでよければ、送るボタンを押してください。

## 直す
draft-menu-title = どこを直しますか
draft-menu = 直したあと、もう一度見本をお見せします。
draft-mend-title = 題を直す
draft-mend-rewrite = 本文を直す
draft-mend-audience = 宛先を直す
draft-mend-deadline = 締切を直す
draft-mend-choices = 回答のボタンを直す
draft-mend-coverage-any = だれか1人の確認でよいことにする
draft-mend-coverage-every = 連絡先の全員に確認してもらう
draft-back = 直さずにもどる
draft-back-echo = そのままにします

## 取り消しと古いボタン
draft-cancel = 取り消す
draft-cancel-echo = この下書きを取り消します
draft-cancelled-title = 下書きを取り消しました
draft-cancelled = だれにも送っていません。
draft-revive = この下書きにもどる
draft-revive-before = 前の下書きにもどる
draft-stale = この下書きは古くなりました
draft-stale-newer = 新しい下書きがあります。そちらで続けてください。
draft-stale-cancelled = この下書きは取り消されています。もう一度使うこともできます。
draft-stale-none = 作りかけの下書きはありません。新しく作るときは「/お知らせ」と送るか、文章を貼りつけてください。
draft-show = 最新の下書きを見る
draft-show-echo = 最新の下書きを見せてください

## 送ったあと
draft-sent = #{ $number }「{ $title }」を送りはじめました
draft-sent-heads = { $audience }:対象 { $members }人・送る相手 { $contacts }人
draft-sent-next = だれが確認したかは「状況」で見られます。
draft-sent-later = #{ $number }「{ $title }」を { $moment } に送ります
draft-sent-later-stop = 送るのをやめるときは「/送信中止 { $number }」と送ってください。
draft-sent-call-off = 送るのをやめる
draft-sent-soon = #{ $number }「{ $title }」を { $seconds }秒後に送りはじめます
draft-sent-brake = まちがいに気づいたら、{ $seconds }秒のあいだに「止める」を押してください。だれにも届かないうちに止まります。
draft-sent-stop = 止める
draft-sent-status = 状況を見る
draft-sent-status-echo = 状況 { $number }
