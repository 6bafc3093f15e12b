# 設定 (bot/settings.py)。一つの設定に一行、何をすればよいかまで
settings-stop = 設定に直すところがあるので、始めませんでした。
settings-line = ・{ $setting }: { $text }
settings-encoding = 文字コードが UTF-8 ではありません。メモ帳なら「名前を付けて保存」で「UTF-8」を選んで保存し直してください。
settings-wrong = 値が正しくありません。.env.example の例を見て直してください。
settings-missing-line-channel-secret = まだ入っていません。LINE Developers コンソール > チャネル基本設定 の「チャネルシークレット」を入れてください。
settings-missing-line-channel-access-token = まだ入っていません。LINE Developers コンソール > Messaging API設定 の一番下にある「チャネルアクセストークン（長期）」を発行して入れてください。
settings-missing-organization-name = まだ入っていません。お知らせの差出人として出る名前を入れてください (例: 緑町小学校)。
settings-missing-organization-contact = まだ入っていません。困った人への案内に出る連絡先を入れてください (例: 03-1234-5678)。
settings-missing-whatsapp-phone-number-id = まだ入っていません。Meta for Developers > WhatsApp > API設定 の「電話番号ID」を入れてください (電話番号そのものではありません)。
settings-missing-whatsapp-access-token = まだ入っていません。Meta ビジネス設定 > システムユーザー で、期限のないアクセストークンを発行して入れてください。
settings-missing-whatsapp-app-secret = まだ入っていません。Meta for Developers > アプリの設定 > ベーシック の「app secret」を入れてください。
settings-missing-whatsapp-verify-token = まだ入っていません。自分で決めた合言葉を入れ、同じものを Meta の Webhook の設定にも入れてください。例: openssl rand -hex 16 の結果。
settings-missing-whatsapp-template = まだ入っていません。Meta に承認されたテンプレートの名前を入れてください (例: kakunin_notice)。
settings-digits = 数字だけを入れてください。
settings-template = テンプレートの名前は、英小文字・数字・_ だけです。
settings-switch = on か off を入れてください。
settings-people = 1 以上の人数を入れてください。
settings-rate = 0 より大きく 1000 までの数を入れてください。
settings-not-a-key = 空白や全角の文字がまじっています。コンソールの「コピー」ボタンで写し直してください。
settings-two-secrets = 入れられるのは 2 つまでです。新しいものと今までのものを「,」で区切って入れてください。
settings-secret-short = 短すぎます。{ $characters } 文字以上にしてください。例: openssl rand -hex 32 の結果を入れます。
settings-secret-shared = MONGODB_URI を使うときは必要です。openssl rand -hex 32 の結果を、すべてのプロセスに同じく入れてください。
settings-mongodb = MongoDB の住所ではありません。mongodb:// か mongodb+srv:// で始めてください。
settings-url = 住所の形が正しくありません。https://example.jp のように入れてください。
settings-https = https:// で始まる住所にしてください。LINE は http:// には送りません。
settings-characters = 改行などの使えない文字が入っています。入れ直してください。
settings-long = 長すぎます。{ $most } 文字までにしてください。
settings-timezone = 知らない地域の名前です。Asia/Tokyo のように入れてください。
settings-quiet = 21:00-07:00 のように入れてください。使わないときは off です。
settings-admins = 「{ $entry }」が読めません。line:U… (LINE のユーザーID、U のあとに英数字 32 文字) を「,」で区切って入れてください。
settings-port = 0 から 65535 までの数を入れてください。
settings-count = 1 から 64 までの数を入れてください。
settings-pace = 1秒あたりの回数を、1 以上の数で入れてください。
settings-line-rate = LINE の上限は1秒に { $most } 回です。それより小さくするか、消してください。
settings-on-off = on か off を入れてください。
settings-locale = ja (日本語) か en (英語) を入れてください。
settings-log-level = DEBUG、INFO、WARNING、ERROR のどれかを入れてください。
settings-test-clock = テストのための設定です。LINE や MongoDB や公開する住所が本物のときは使えません。消してください。
settings-processes = 2 以上にできるのは MONGODB_URI があるときだけです。1 にするか、消してください。
settings-secret-file = { $file } が壊れています。バックアップから戻すか、消してください (消すと、渡した登録コードは使えなくなります)。
# コマンド (bot/cli.py)
cli-only = --only は MONGODB_URI を設定したときだけ使えます。SQLite では serve だけで動かしてください。
cli-busy = このデータベースでは、もう serve か demo が動いています。2つ動かすとお知らせが二重に届くので、止めました。
cli-down = データベースにつながりません。MONGODB_URI か DATA_DIR と、データベースが動いているかを確かめてください。({ $reason })
cli-schema = このデータベースは、もっと新しい版のものです。ソフトを新しくしてください。({ $reason })
cli-file-missing = { $file } が見つかりません。
cli-file-denied = { $file } を読み書きする権限がありません。
cli-file-folder = { $file } はフォルダーです。ファイルの名前を書いてください。
cli-system = うまくいきませんでした。({ $reason })
cli-port = { $host }:{ $port } は、ほかのプログラムが使っています。PORT を変えるか、そちらを止めてください。({ $reason })
cli-notice = { $number } 番のお知らせはありません。
cli-ending = ファイル名の終わりを .csv か .xlsx にしてください。
cli-new-codes = --new-codes は --codes FILE といっしょに使ってください。
cli-exported = お知らせ #{ $number } の結果を { $file } に書き出しました ({ $count }人)。
# おためし (bot/demo.py)
demo-organization = 緑町小学校
demo-title = { $names }の{ $relationship }
demo-teacher = 先生 (管理者)
demo-colleague = 先生
demo-busy-port = { $port } 番は使われているので、{ $other } 番にしました。
demo-no-port = { $port } 番から先に空いている番号がありません。--port で別の番号にしてください。
demo-no-phones = 電話の画面を始められませんでした。
demo-phones-gone = 電話の画面が止まったので、おためしを終わります。
demo-howto =
    確認ボットのおためしです。LINE もインターネットも使いません。

    1. ブラウザで { $url } を開きます。
    2. いちばん左の { $teacher } さん (先生) の画面に、下の文面をそのまま貼りつけて送り、「お知らせにする」を押します。
    3. 宛先に「1年A組」を選び、締切を選び、見本を確かめて「1年A組 12人に送る」を押します。
    4. 保護者の画面にカードが届きます。「確認しました」を押してみてください。
    5. 先生の画面で「/状況」「/未確認」「/催促」と送ると、だれがまだかが分かります。
demo-unregistered = まだ登録していない人です。その人の画面で友だちに追加して、コードを送ると登録できます。
demo-code = { $name } さん { $code }
demo-letter-here = 貼りつける文面:
demo-letter =
    避難訓練について

    保護者各位
    { $date }の3時間目に、全校で避難訓練を行います。
    当日は防災頭巾を持たせてください。
    お子さまと、おうちの避難場所もご確認ください。
    緑町小学校
demo-stop = やめるときは Ctrl-C を押します。
# 点検 (bot/check.py)
check-state-ok = OK
check-state-todo = 要対応
check-state-unknown = 未確認
check-state-note = 参考
check-sum-ok = 直すところはありません (OK { $ok }、未確認 { $unknown })。未確認のところは、画面で確かめてください。
check-sum-todo = 直すところが { $todo } あります (OK { $ok }、未確認 { $unknown })。
check-value = { $value }
check-secret-set = 入っています ({ $count }つ)
check-later = この版では、まだ { $channel } を使えません。この設定は読みとばします。
check-slip = 知らない名前です。{ $near } ではありませんか。
check-no-setting = 知らない名前なので、使っていません。
check-public-url = まだ入っていません。インターネットからこのボットに届く住所 (https://…) を入れてください。
check-env-open = ほかの人にも読めるファイルです。chmod 600 .env としてください。
check-test-clock = 時計をずらすテストの設定が入っています。
check-database-file = { $file } に確実に書けます
check-database-mongo = MongoDB に確実に書けます
check-database-down = つながりません。設定と、データベースが動いているかを確かめてください。({ $reason })
check-database-not-durable = 書いたものが確実に残りません。レプリカセットになっているか、ディスクに空きがあるかを確かめてください。({ $reason })
check-secret-unreadable = 鍵を読めません。({ $reason })
check-disk = ディスクの空きが { $megabytes } MB しかありません。空きを作ってください。
check-admins = 管理者 { $count }人
check-no-admins = まだ管理者がいません。python -m bot admin invite でコードを作り、LINE でボットに送ってください。
check-members = { $count }人
check-no-members = まだ空です。python -m bot members import 名簿.csv で取り込んでください。
# LINE
check-line-account = 「{ $name }」({ $id }) につながりました
check-line-token = LINE に断られました。LINE Developers コンソール > Messaging API設定 の「チャネルアクセストークン（長期）」を写し直してください。({ $reason })
check-line-unreachable = { $url } につながりません。サーバーからインターネットに出られるかを確かめてください。({ $reason })
check-line-refused = LINE が答えませんでした。少し待って、もう一度試してください。({ $reason })
check-line-unlimited = 今月 { $used }通 (上限なし)
check-line-quota = 今月 { $used }通 / { $limit }通 (残り { $left }通)
check-line-quota-few = 今月の残りが { $left }通です ({ $used }通 / { $limit }通)。足りなければ LINE Official Account Manager でプランを変えてください。
check-line-quota-none = 今月の { $limit }通を使い切りました。来月まで待つか、LINE Official Account Manager でプランを変えてください。
check-line-quota-unknown = 今月の通数を聞けませんでした。({ $reason })
check-webhook-loopback = PUBLIC_URL がこのパソコンの中の住所です。LINE からは届きません。インターネットから届く https:// の住所にしてください。
check-webhook-none = LINE に住所が入っていません。python -m bot check --fix で { $url } を入れられます。
check-webhook-none-ours = LINE に住所が入っていません。先に PUBLIC_URL を入れてください。
check-webhook-ours-unknown = LINE は { $url } に送ります。PUBLIC_URL を入れると、合っているかを確かめられます。
check-webhook-other = LINE は { $url } に送っています。このボットの住所は { $ours } です。python -m bot check --fix で直せます。
check-webhook-set = LINE の住所を { $url } にしました
check-webhook-ours = LINE は { $url } に送ります
check-webhook-active = 「Webhookの利用」はオンです
check-webhook-inactive = 「Webhookの利用」がオフです。LINE Developers コンソール > Messaging API設定 > Webhookの利用 をオンにしてください。
check-webhook-unasked = LINE に聞けませんでした。少し待って、もう一度試してください。({ $reason })
check-test-ok = LINE から試しに送ってもらい、受け取れました
check-test-secret = LINE から届きましたが、署名が合いません。LINE_CHANNEL_SECRET を LINE Developers コンソール > チャネル基本設定 の「チャネルシークレット」から写し直してください。
check-test-elsewhere = LINE から届いた先は、このボットではありません (応答 { $status })。住所と、間にある Web サーバーの設定を確かめてください。
check-test-behind = Web サーバーには届きましたが、その先のボットが動いていません (応答 { $status })。python -m bot serve を始めてください。
check-test-storage = ボットには届きましたが、データベースに書けません (応答 { $status })。データベースを確かめてください。
check-test-status = LINE から届きましたが、応答が { $status } でした。ボットの記録を確かめてください。({ $detail })
check-test-timeout = LINE から届きましたが、2秒以内に返事ができませんでした。サーバーが重くないかを確かめてください。
check-test-certificate = https の証明書に問題があります。期限と、中間証明書が入っているかを確かめてください。({ $detail })
check-test-connect = LINE から届きません。住所、DNS、ファイアウォール (443番) と、Web サーバーが動いているかを確かめてください。({ $detail })
check-test-else = LINE からの試しがうまくいきませんでした。({ $reason } { $detail })
check-console-redelivery = LINE Developers コンソール > Messaging API設定 > Webhookの再送 をオンにしてください。サーバーが止まっていた間の「確認しました」が、あとから届きます (はじめはオフです)。
check-console-auto-reply = LINE Official Account Manager > 設定 > 応答設定 > 応答メッセージ をオフにしてください。オンだと返事が二重になります。
check-console-greeting = LINE Official Account Manager > 設定 > 応答設定 > あいさつメッセージ をオフにしてください。登録のしかたはボットが案内します。
check-console-groups = LINE Developers コンソール > Messaging API設定 > グループトーク・複数人トークへの参加を許可する は、無効のままにしてください。
# WhatsApp
check-whatsapp-number = 「{ $name }」(+{ $number }) につながりました
check-whatsapp-token = Meta に断られました。WHATSAPP_ACCESS_TOKEN の期限と権限 (whatsapp_business_messaging、whatsapp_business_management) を確かめてください。({ $reason })
check-whatsapp-unreachable = { $url } につながりません。サーバーからインターネットに出られるかを確かめてください。({ $reason })
check-whatsapp-refused = その番号の様子を聞けませんでした。電話番号そのものではなく「電話番号ID」が入っているかを確かめてください。({ $reason })
check-whatsapp-status = 番号がつながっていません ({ $status })。WhatsApp マネージャで確かめてください。
check-whatsapp-quality-green = 番号の評価は良好です
check-whatsapp-quality-yellow = 番号の評価が下がっています (中)。受け取る人に迷惑と思われていないか、送る回数を見なおしてください。
check-whatsapp-quality-red = 番号の評価が低くなっています。このままだと送れなくなることがあります。
check-whatsapp-quality-unknown = 番号の評価はまだ分かりません。WhatsApp マネージャで確かめてください。
check-whatsapp-throughput = 送る速さの上限: { $level }
check-whatsapp-limit = 24時間に、こちらから送りはじめられる相手は { $people }人までです
check-whatsapp-limit-none = 24時間に送れる人数の上限はありません
check-whatsapp-limit-unknown = 24時間に送れる人数を聞けませんでした。分かっていれば WHATSAPP_DAILY_LIMIT に入れてください。
check-whatsapp-no-account = 入れると、テンプレートと Webhook の登録も点検できます (WhatsApp マネージャの「WhatsAppビジネスアカウントID」)。
check-whatsapp-account-unasked = WhatsAppビジネスアカウントについて聞けませんでした。IDとトークンの権限を確かめてください。({ $reason })
check-whatsapp-template = テンプレート { $name } は承認済みです ({ $category })
check-whatsapp-template-none = テンプレート { $name } ({ $language }) がありません。README の文面で登録してください。
check-whatsapp-template-status = テンプレート { $name } はまだ使えません ({ $status })。
check-whatsapp-template-marketing = テンプレート { $name } がマーケティングに分類されています。届かない人が出ます。WhatsApp マネージャで「ユーティリティ」として申請しなおしてください。
check-whatsapp-template-other = テンプレート { $name } の文面かボタンが、README のものと違います。見本と違うものが届きます。
check-whatsapp-subscribed = アカウントの知らせは、アプリに届くようになっています
check-whatsapp-unsubscribed = アカウントの知らせが、どのアプリにも届いていません。python -m bot check --fix で直せます。
check-whatsapp-webhook-address = Meta for Developers > WhatsApp > 構成 の コールバックURL が { $url } で、messages・user_preferences・user_id_update がオンになっているかを確かめてください。
check-whatsapp-version-ends = Graph API のこの版は { $date } で終わります。それまでに新しい版にしてください。
check-whatsapp-version-over = Graph API のこの版は { $date } で終わりました。新しい版にしてください。
