# 名簿の取り込み。ファイル全体のこと
roster-encoding = ファイルの文字を読めませんでした。Excel なら「名前を付けて保存」で「CSV UTF-8」を選んで保存し直してください。
roster-quotes = { $line }行目から始まる「"」が閉じていません。そのあたりの「"」を確かめてください。
roster-empty = ファイルに名簿の行がありません。1行目に「番号」「名前」などの見出し、2行目から1人1行で書いてください。
roster-head = 見出しの行が見つかりません。「番号」と「名前」の列が必要です (ほかに ふりがな・組・保護者1・続柄1 など)。
roster-head-twice = 「{ $head }」にあたる列が2つあります。どちらかの見出しを消してください。
roster-unread = 次の列は使いませんでした: { $heads }
# 行ごとの直し方
roster-no-code = 番号がありません。ほかの人と重ならない番号を入れてください。
roster-no-name = 名前がありません。
roster-code-twice = 番号 { $code } は { $line }行目と同じです。人ごとに別の番号にしてください。
roster-code-excel = 番号 { $code } は、Excel が書きかえたもののようです。セルの書式を「文字列」にして入れ直してください。
roster-code-shape = 番号 { $code } に使えない文字があります。空白と / : , ; % " ' は使えません。
roster-guardian-code-shape = 保護者の番号 { $code } に使えない文字があります。空白と / : , ; % " ' は使えません。
roster-zeros = 番号 { $code } は、名簿にある { $known } と同じ人のようです。Excel が先頭の 0 を消していないか確かめてください。
roster-long = 「{ $text }…」は長すぎます。{ $most }文字までにしてください。
roster-characters = 「{ $text }」に使えない文字 (改行や外字など) があります。別の字にしてください。
roster-columns = 見出しは{ $most }列なのに、右にはみ出しています。「,」が余分に入っていないか確かめてください。
roster-group-shape = 組「{ $group }」に「:」や「=」は使えません。
roster-group-everyone = 「{ $group }」は全員を指すことばなので、組の名前には使えません。
roster-groups-many = 組が多すぎます。1人{ $most }個までにしてください。
roster-guardian-nameless = 保護者{ $place }の名前がありません (番号だけがあります)。
roster-guardian-twice = 同じ保護者の番号が、1行に2回あります。
roster-guardian-differs = 保護者の番号 { $code } は、{ $line }行目では「{ $known }」さん、この行では「{ $name }」さんです。別の人なら別の番号にしてください。
roster-guardian-taken = 保護者の番号 { $code } は「{ $known }」さんのものです。「{ $name }」さんには別の番号を付けてください。
roster-renamed = 保護者{ $place }は「{ $known }」さんとして登録ずみですが、この行では「{ $name }」さんです。同じ人なら「保護者{ $place }番号」に { $id } と、別の人なら新しい番号を書いてください。
roster-places = 保護者{ $place }の「{ $name }」さんに番号を付けられません。「保護者{ $place }番号」の列に番号を書いてください。
# 変わるところ
roster-note-renamed = 名前 { $known } → { $name }
roster-note-kana = ふりがな { $kana }
roster-note-groups = 組 { $known } → { $groups }
roster-note-contact = { $name }さんにも届くようになります
roster-note-relationship = { $name }さんの続柄 { $relationship }
roster-note-dropped = { $name }さんには届かなくなります (ファイルにありません)
# 画面に出る行
roster-fate-added = 追加
roster-fate-changed = 変更
roster-fate-same = そのまま
roster-fate-error = エラー
roster-line = { $line }行目 { $fate } { $who }
roster-line-note = { $line }行目 { $fate } { $who }: { $note }
roster-sum = 追加 { $added }人、変更 { $changed }人、そのまま { $same }人、エラー { $error }行。
roster-dry = 試しただけです。何も変えていません。
roster-done = 名簿を取り込みました。
roster-errors = エラーの行は取り込んでいません。直してからもう一度取り込んでください (取り込みずみの行はそのままになります)。
roster-absent = 名簿にいるのにファイルになかった人が { $count }人います。消していません。
roster-progress = { $done } / { $all } …
roster-saved = 名簿を { $file } に書き出しました ({ $count }人)。
# 登録コード
codes-written = 登録コードを { $count }人分、{ $file } に書き出しました。コードが読めるのはこのファイルだけです。渡し終えたら消してください。
codes-none = 新しく登録コードを渡す人はいません。
codes-kept = まだ登録していない { $count }人には、登録コードを書き出しませんでした (前に渡したコードはそのまま使えます)。新しく作るときは --new-codes を付けてください。前のコードは使えなくなります。
codes-missing = まだ登録していない人が { $count }人います。登録コードを作るときは --codes コード.csv --new-codes を付けてもう一度取り込んでください。
codes-exists = { $file } はもうあります。登録コードを上書きしないよう、別の名前にしてください。
codes-head-member = 名前
codes-head-contact = 連絡先
codes-head-relationship = 続柄
codes-head-code = 登録コード
codes-head-how = 登録のしかた
codes-how = LINE で「{ $organization }」を友だちに追加して、{ $code } と送ってください ({ $until } まで)。
codes-how-plain = LINE で友だちに追加して、{ $code } と送ってください ({ $until } まで)。
invite-code = 管理者の登録コード: { $code }
invite-how = 管理者になる人が、LINE で友だちに追加して、このコードを送ってください。{ $until } まで、1回だけ使えます。
invite-secret = コードを知っている人はだれでも管理者になれます。ほかの人に見せないでください。
invite-name = 管理者
# 書き出しの見出し (取り込みでもそのまま読めます)
roster-column-code = 番号
roster-column-name = 名前
roster-column-kana = ふりがな
roster-column-groups = 組
roster-column-self = 本人
roster-column-guardian = 保護者{ $place }
roster-column-relationship = 続柄{ $place }
roster-column-guardian-code = 保護者{ $place }番号
roster-column-guardian-state = 保護者{ $place }の状態
roster-column-self-state = 本人の状態
roster-yes = ○
roster-state-reachable = 登録ずみ
roster-state-blocked = ブロック中
roster-state-unregistered = 未登録
codes-no-member = 名簿に「{ $member }」番の人はいません。番号を確かめてください。
codes-no-contact = 「{ $member }」番の人には連絡先がありません。名簿に保護者などを足して、取り込みなおしてください。
codes-renewed = { $name }{ $relationship ->
    [""] {""}
   *[other] {" "}({ $relationship })
} { $code }
codes-renewed-how = その方が、新しい電話の LINE で友だちに追加して、コードを送ってください。前に渡した未使用のコードは使えなくなりました。
