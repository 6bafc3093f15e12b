# 登録
greet-stranger =
    友だち追加ありがとうございます。ここは「{ $organization }」のお知らせと確認のためのアカウントです。
    はじめに登録をお願いします。お配りした紙の登録コード(8けたの数字)を、そのまま送ってください。
greet-back = { $name }さん、おかえりなさい。「{ $organization }」からのお知らせを、またお届けします。
group-why =
    お招きありがとうございます。グループの中では、だれが確認していないかが皆さんに見えてしまうため、このアカウントはグループでは使えません。
    「{ $organization }」のお知らせは、おひとりずつ友だち追加して受け取ってください。このグループからは退出します。
group-link = 友だち追加:{ $link }
code-wrong = その登録コードは見つかりませんでした。紙の8けたの数字をもう一度ご確認ください。(あと{ $left }回まちがえると、1時間お休みになります)
code-paused = まちがいが続いたため、{ $time }まで登録をお休みしています。時間をおいて、もう一度送ってください。
code-used = その登録コードは、すでに使われています。お心あたりがないときは、学校などの担当の方におたずねください。
code-others = その登録コードの方は、別の電話ですでに登録されています。ひとりの方のコードは、ご本人の電話から送ってください。ご不明なときは { $contact } へお問い合わせください。
code-yours = その登録コードでは、すでに登録がすんでいます。あらためて送る必要はありません。
code-expired = その登録コードは、期限が切れています。担当の方に新しいコードをお願いしてください。
code-shape = 登録コードは8けたの数字です。紙のとおりに送ってください。(例:登録 1234 5678)
register-title = 登録の確認
register-self = { $name }さん
register-guardian = { $members }さんの連絡先 { $name }さん
register-relative = { $members }さんの{ $relationship } { $name }さん
register-question = この方として登録します。まちがいありませんか。
register-yes = はい、登録します
register-no = ちがいます
register-declined = 登録しませんでした。コードの紙がちがうかもしれません。ご不明なときは { $contact } へお問い合わせください。
register-done = 登録しました({ $who })。これから、お知らせがここに届きます。読んだら「確認しました」を押してください。
register-administrator = 「{ $organization }」の管理者として登録しました。「ヘルプ」と送ると、できることが分かります。
stop-stopped = ここへのお知らせを止めました。「{ $organization }」からは、このトークに何も送りません。また受け取るときは「再開」と送ってください。
stop-resumed = お知らせを再開しました。「{ $organization }」からのお知らせが、またここに届きます。
stop-stranger = 「{ $organization }」には、まだ登録されていません。このトークにお知らせは届きません。
open-some = まだ確認がすんでいないお知らせが{ $count }件あります。
open-more = まだ確認がすんでいないお知らせが{ $count }件あります。新しい{ $shown }件をお送りします。
