# 管理者への知らせ

## 遅れ
alarm-notice = #{ $number }「{ $title }」
alarm-notices = 待っているお知らせ:{ $notices }{ $rest ->
    [0] {""}
   *[other] {" "}ほか{ $rest }件
}
alarm-title-sender = 送信が止まっています
alarm-what-sender = { $since } から、{ $count }件が送られていません。送信するプログラムが動いていないようです。
alarm-do-sender = サーバーの担当の方に、ボットが動いているか見てもらってください。動きだせば、続きから自動で送ります。急ぐお知らせは、電話などでも伝えてください。
alarm-title-mailings = お知らせを送りはじめられません
alarm-what-mailings = { $since } に送るはずの{ $count }件を、まだ送りはじめられません。理由は分かりません。
alarm-do-mailings = サーバーの担当の方に、ログを見てもらってください。急ぐお知らせは、電話などでも伝えてください。
alarm-title-calls = 送信が進んでいません
alarm-what-calls = { $since } から、{ $count }人への送信が進んでいません。理由は分かりません。
alarm-do-calls = 続きから自動で送ろうとしています。しばらく変わらなければ、サーバーの担当の方に、ボットを動かし直してもらってください。
alarm-title-platform = LINEなどへの送信が遅れています
alarm-what-platform = { $since } から、{ $count }人への送信に、LINEなどから返事がないか、断られています。
alarm-do-platform = くり返し自動で送っています。同じ人に二度届くことはありません。急ぐお知らせは、電話などでも伝えてください。
alarm-title-quota = 今月送れる数を使いきりました
alarm-what-quota = { $since } から、{ $count }人への送信が待っています。
alarm-do-quota = プランを上げるか月が変わると、続きから自動で送ります。やめるときは「/送信中止」と送ってください。
alarm-title-token = LINEが送信を受けつけません
alarm-what-token = { $since } から、{ $count }人への送信が待っています。LINEのチャネルアクセストークンが正しくないようです。
alarm-do-token = サーバーの担当の方に、新しいトークンを入れてボットを動かし直してもらってください。そのあと、続きから自動で送ります。
alarm-title-arrivals = 届いたものの記録が遅れています
alarm-what-arrivals = { $since } から、届いた「確認しました」などが{ $count }件、まだ数に入っていません。なくなってはいません。
alarm-do-arrivals = 続きから自動で数えます。しばらく変わらなければ、サーバーの担当の方に、ログを見てもらってください。
alarm-over-title = 復旧しました
alarm-over = この遅れ({ $since } から)は、{ $until } までになくなりました。

## 合わない数
alarm-difference-title = 数が合いません
alarm-difference-sent = { $notice }:送る相手は{ $expected }人のはずですが、送信の記録は{ $found }人です。
alarm-difference-folded = { $notice }:確認した人は{ $expected }人ですが、合計は{ $found }人になっています。
alarm-difference-do = ボットの誤りかもしれません。サーバーの担当の方に、ログを見てもらってください。名前の一覧は「/未確認」で確かめられます。

## 受信が止まっていた
gap-title = 受信が止まっていました
gap-what = { $since } から { $until } まで受信が止まっていました。この間に押された確認は、届いていないことがあります。
gap-do = LINEの「Webhookの再送」がオンなら、しばらくして届きます。「/状況」で見て、まだの人には、もう一度押してもらうようお願いしてください。
