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
