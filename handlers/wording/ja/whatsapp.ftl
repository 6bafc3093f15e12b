# WhatsApp。はじめの2つは Meta に登録するテンプレートの本文と同じ(README)。変えるときは登録も変える
whatsapp-notice-template =
    大切なお知らせです({ $organization })。

    件名:{ $title }
    内容:{ $text }

    案内:{ $facts }

    読み終えたら、下の「確認しました」を押してください。
whatsapp-reading-template =
    大切なお知らせです({ $organization })。

    件名:{ $title }
    内容:{ $text }

    案内:{ $facts }

    下の「本文を読む」を押すと、全文と確認のボタンが届きます。
whatsapp-read-button = 本文を読む
whatsapp-report-sender = 確認ボットからの報告
whatsapp-choose-button = えらぶ
whatsapp-more = (つづき)
whatsapp-sample-title = 【WhatsAppの見本】
# 「本文を読む」を押したときに、もう受け付けていないお知らせ
reading-closed = 「{ $title }」の受付は終わっています。
reading-cancelled = 「{ $title }」は取り下げられました。読まなくてだいじょうぶです。
reading-expired = 「{ $title }」は有効期限が過ぎています。
# Metaから、WhatsAppのアカウントについての知らせ
news-title = WhatsAppから知らせがありました
news-template = テンプレート「{ $name }」の状態が「{ $state }」になりました。
news-do-template = 使えないあいだ、WhatsAppの人には新しいお知らせが届きません。サーバーの担当の方に、Metaの管理画面で見てもらってください。
news-category = テンプレート「{ $name }」が「マーケティング」に分類されました。
news-do-category = このままでは、届かない人が出ることがあります。サーバーの担当の方に、Metaの管理画面で分類の見直しを頼んでもらってください。
news-number = 電話番号の状態が「{ $state }」になりました。
news-do-number = 送れる人数が減ることがあります。サーバーの担当の方に、Metaの管理画面で見てもらってください。
news-account = アカウントについて「{ $state }」という知らせです。
news-do-account = WhatsAppで送れなくなることがあります。サーバーの担当の方に、Metaの管理画面で見てもらってください。
