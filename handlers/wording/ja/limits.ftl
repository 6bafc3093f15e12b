# 長すぎるとき
too-long-title = 題が長すぎます。{ $limit }文字までにしてください(いま{ $length }文字)。
too-long-body = 本文が長すぎます。{ $limit }文字までにしてください(いま{ $length }文字)。
too-long-label = ボタンの文字が長すぎます。{ $limit }文字までにしてください(いま{ $length }文字)。
too-long-echo = ボタンを押したときに出る文が長すぎます。{ $limit }文字までにしてください(いま{ $length }文字)。
too-long-card = お知らせ全体が大きすぎて、1通に入りません。選択肢や題を短くしてください(上限{ $limit }KB、いま{ $length }KB)。
# 長い本文
full-text-above = 全文は上のメッセージにあります。
sample-ends-here = (見本はここまでです。送るときは全文が届きます。)
