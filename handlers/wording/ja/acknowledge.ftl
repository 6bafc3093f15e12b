# ボタンを押した人へのお返事
tap-counted = 受け付けました。ありがとうございます。({ $moment })
tap-counted-answer = 「{ $choice }」で受け付けました。ありがとうございます。({ $moment })
tap-changed = 受け付けました。({ $moment })
tap-changed-answer = いまのお返事は「{ $choice }」です。受け付けました。({ $moment })
tap-repeated = すでに受け付けています。もう押さなくてだいじょうぶです。({ $moment })
tap-repeated-answer = 「{ $choice }」ですでに受け付けています。({ $moment })
tap-title = お知らせ:{ $title }
tap-about = 対象:{ $names }{ $rest ->
    [0] {""}
   *[other] {" "}ほか{ $rest }人
}
tap-late = 締切を過ぎていますが、確認は記録しました。
tap-stranger = まだ登録がお済みでないため、どなたの確認か分かりませんでした。「登録」と、紙でお渡しした8けたの登録コードを送ってください。登録のあと、もう一度ボタンを押してください。
tap-not-recipient = 「{ $title }」は、あなたあてのお知らせではないようです。確認は不要です。押されたことは記録しました。
tap-closed = 「{ $title }」の受付は終わっています。押されたことは記録しました。
tap-cancelled = 「{ $title }」は取り下げられました。確認は不要です。
tap-expired = 「{ $title }」は期限が過ぎています。押されたことは記録しました。
tap-outdated = このお知らせは内容が変わりました。新しい内容をご確認のうえ、下のボタンを押してください。
tap-foreign = このボタンは、いまの「{ $organization }」のお知らせのものではありません。確認は記録されていません。
tap-ask = お問い合わせ:{ $contact }
