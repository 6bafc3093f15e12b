# どの場面でも使うことば
confirm-button = 確認しました
