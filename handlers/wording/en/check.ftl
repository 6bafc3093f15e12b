# Settings (bot/settings.py): one line each, down to what to do
settings-stop = Nothing was started, because some settings need a change.
settings-line = - { $setting }: { $text }
settings-encoding = The file is not UTF-8. Save it again as UTF-8.
settings-wrong = The value is not right. See the examples in .env.example.
settings-missing-line-channel-secret = Not set yet. Copy the channel secret from LINE Developers Console > Basic settings.
settings-missing-line-channel-access-token = Not set yet. Issue the long-lived channel access token at the bottom of LINE Developers Console > Messaging API.
settings-missing-organization-name = Not set yet. Give the name that notices come from (for example Midori Elementary School).
settings-missing-organization-contact = Not set yet. Give the contact that people are told to ask (for example 03-1234-5678).
settings-missing-whatsapp-phone-number-id = Missing. Enter the "phone number ID" from Meta for Developers > WhatsApp > API setup (not the number itself).
settings-missing-whatsapp-access-token = Missing. Make an access token that does not expire in Meta business settings > System users, and enter it.
settings-missing-whatsapp-app-secret = Missing. Enter the "app secret" from Meta for Developers > App settings > Basic.
settings-missing-whatsapp-verify-token = Missing. Enter a password of your own, and the same in Meta's webhook settings. For example what openssl rand -hex 16 gives.
settings-missing-whatsapp-template = Missing. Enter the name of the template that Meta has approved (such as kakunin_notice).
settings-digits = Digits only, please.
settings-template = The name of a template has lower-case letters, digits and _ only.
settings-switch = Enter on or off.
settings-people = Enter a number of people, 1 or more.
settings-rate = Enter a number above 0, up to 1000.
settings-not-a-key = There are spaces or full-width characters in it. Copy it again with the console's copy button.
settings-two-secrets = At most two: the new one and the old one, separated by a comma.
settings-secret-short = Too short: use at least { $characters } characters, for example what openssl rand -hex 32 prints.
settings-secret-shared = Needed with MONGODB_URI. Put what openssl rand -hex 32 prints, the same for every process.
settings-mongodb = Not a MongoDB address. It begins with mongodb:// or mongodb+srv://.
settings-url = Not an address. Write it like https://example.com.
settings-https = The address must begin with https://. LINE does not send to http://.
settings-characters = There is a line break or another character in it that cannot be used. Type it again.
settings-long = Too long: at most { $most } characters.
settings-timezone = No such time zone. Write it like Asia/Tokyo.
settings-quiet = Write it like 21:00-07:00, or off.
settings-admins = "{ $entry }" cannot be read. Write line:U… (LINE user ids, U and 32 letters or digits), separated by commas.
settings-port = A number from 0 to 65535.
settings-count = A number from 1 to 64.
settings-pace = Calls a second: a number, 1 or more.
settings-line-rate = LINE allows { $most } calls a second. Write less, or leave it out.
settings-on-off = on or off.
settings-locale = ja (Japanese) or en (English).
settings-log-level = One of DEBUG, INFO, WARNING, ERROR.
settings-test-clock = This is for tests, and refused while LINE, MongoDB or the public address are real ones. Remove it.
settings-processes = More than 1 only with MONGODB_URI. Set it to 1 or remove it.
settings-secret-file = { $file } is broken. Restore it from a backup, or delete it (registration codes handed out before will stop working).
# Commands (bot/cli.py)
cli-only = --only needs MONGODB_URI. With SQLite, run serve alone.
cli-busy = A serve or demo already runs on this database. Two of them would send every notice twice, so this one stopped.
cli-down = The database cannot be reached. Check MONGODB_URI or DATA_DIR, and whether the database runs. ({ $reason })
cli-schema = This database belongs to a newer version. Update the program. ({ $reason })
cli-file-missing = { $file } is not there.
cli-file-denied = No right to read or write { $file }.
cli-file-folder = { $file } is a folder. Name a file.
cli-system = It did not work. ({ $reason })
cli-port = { $host }:{ $port } is used by another program. Change PORT, or stop that one. ({ $reason })
cli-notice = There is no notice { $number }.
cli-ending = The file name must end in .csv or .xlsx.
cli-new-codes = --new-codes goes with --codes FILE.
cli-exported = The results of notice #{ $number } were written to { $file } ({ $count } members).
# The demo (bot/demo.py)
demo-organization = Midori Elementary School
demo-title = { $names }: { $relationship }
demo-teacher = teacher (administrator)
demo-colleague = teacher
demo-busy-port = Port { $port } is taken; using { $other }.
demo-no-port = No free port from { $port } on. Choose another one with --port.
demo-no-phones = The phones could not be started.
demo-phones-gone = The phones have stopped, so the demo ends.
demo-howto =
    A demo of Kakunin. It uses neither LINE nor the internet.

    1. Open { $url } in a browser.
    2. On the leftmost phone, that of { $teacher } (teacher), paste the text below, send it, and press 「お知らせにする」.
    3. Choose 1年A組 and a deadline, look at the preview, press 「1年A組 12人に送る」.
    4. The card arrives on the guardians' phones. Press 「確認しました」.
    5. On the teacher's phone send /状況, /未確認 or /催促 to see who has not.
demo-unregistered = These have not registered yet. On their phone, add the bot as a friend and send the code.
demo-code = { $name } { $code }
demo-letter-here = The text to paste:
demo-letter =
    避難訓練について

    保護者各位
    { $date }の3時間目に、全校で避難訓練を行います。
    当日は防災頭巾を持たせてください。
    お子さまと、おうちの避難場所もご確認ください。
    緑町小学校
demo-stop = Press Ctrl-C to stop.
# The check (bot/check.py)
check-state-ok = ok
check-state-todo = TO DO
check-state-unknown = unknown
check-state-note = note
check-sum-ok = Nothing to mend (ok { $ok }, unknown { $unknown }). Please look at the unknown ones yourself.
check-sum-todo = To mend: { $todo } (ok { $ok }, unknown { $unknown }).
check-value = { $value }
check-secret-set = set ({ $count })
check-later = This version cannot use { $channel } yet. The setting is passed over.
check-slip = No such setting. Is it { $near }?
check-no-setting = No such setting; it is not used.
check-public-url = Not set yet. Give the address (https://…) at which this bot is reached from the internet.
check-env-open = Others can read this file. Run chmod 600 .env.
check-test-clock = The clock is moved, for tests.
check-database-file = { $file } can be written durably
check-database-mongo = MongoDB can be written durably
check-database-down = The database cannot be reached. Check the setting, and whether it runs. ({ $reason })
check-database-not-durable = What is written would not be sure to stay. Is it a replica set, and is there space on the disk? ({ $reason })
check-secret-unreadable = The key cannot be read. ({ $reason })
check-disk = Only { $megabytes } MB are free on the disk. Make room.
check-admins = { $count } administrators
check-no-admins = There is no administrator yet. Make a code with python -m bot admin invite and send it to the bot on LINE.
check-members = { $count } members
check-no-members = Still empty. Read a roster with python -m bot members import roster.csv.
# LINE
check-line-account = Connected to "{ $name }" ({ $id })
check-line-token = LINE refused. Copy the long-lived channel access token again from LINE Developers Console > Messaging API. ({ $reason })
check-line-unreachable = { $url } cannot be reached. Can the server reach the internet? ({ $reason })
check-line-refused = LINE did not answer. Wait a little and try again. ({ $reason })
check-line-unlimited = { $used } messages this month (no limit)
check-line-quota = { $used } of { $limit } messages this month ({ $left } left)
check-line-quota-few = Only { $left } messages are left this month ({ $used } of { $limit }). Change the plan in LINE Official Account Manager if that is too few.
check-line-quota-none = All { $limit } messages of this month are used. Wait for the next month, or change the plan in LINE Official Account Manager.
check-line-quota-unknown = LINE could not be asked about this month's messages. ({ $reason })
check-webhook-loopback = PUBLIC_URL is an address inside this machine, which LINE cannot reach. Use an https:// address on the internet.
check-webhook-none = LINE has no address. python -m bot check --fix can set { $url }.
check-webhook-none-ours = LINE has no address. Set PUBLIC_URL first.
check-webhook-ours-unknown = LINE sends to { $url }. Set PUBLIC_URL to see whether that is right.
check-webhook-other = LINE sends to { $url }, but this bot is at { $ours }. python -m bot check --fix can set it.
check-webhook-set = LINE's address is { $url } now
check-webhook-ours = LINE sends to { $url }
check-webhook-active = "Use webhook" is on
check-webhook-inactive = "Use webhook" is off. Turn it on in LINE Developers Console > Messaging API > Use webhook.
check-webhook-unasked = LINE could not be asked. Wait a little and try again. ({ $reason })
check-test-ok = LINE's test request arrived
check-test-secret = LINE's test arrived, but its signature does not fit. Copy LINE_CHANNEL_SECRET again from LINE Developers Console > Basic settings > Channel secret.
check-test-elsewhere = LINE's test arrived somewhere else (answer { $status }). Check the address and the web server in front.
check-test-behind = The web server answered, but the bot behind it does not run (answer { $status }). Start python -m bot serve.
check-test-storage = The bot answered, but cannot write to its database (answer { $status }). Check the database.
check-test-status = LINE's test arrived, but was answered with { $status }. Look at the bot's log. ({ $detail })
check-test-timeout = LINE's test was not answered within 2 seconds. Is the server overloaded?
check-test-certificate = Something is wrong with the https certificate. Check its date and the intermediate certificates. ({ $detail })
check-test-connect = LINE cannot reach the address. Check it, DNS, the firewall (port 443), and whether the web server runs. ({ $detail })
check-test-else = LINE's test failed. ({ $reason } { $detail })
check-console-redelivery = Turn on LINE Developers Console > Messaging API > Webhook redelivery. Confirmations made while the server is down then arrive later (it is off at first).
check-console-auto-reply = Turn off LINE Official Account Manager > Settings > Response settings > Auto-response messages. Otherwise people get two answers.
check-console-greeting = Turn off LINE Official Account Manager > Settings > Response settings > Greeting message. The bot explains how to register.
check-console-groups = Leave LINE Developers Console > Messaging API > Allow bot to join group chats disabled.
# WhatsApp
check-whatsapp-number = connected to { $name } (+{ $number })
check-whatsapp-token = Meta refused. Please look at the expiry and the rights of WHATSAPP_ACCESS_TOKEN (whatsapp_business_messaging, whatsapp_business_management). ({ $reason })
check-whatsapp-unreachable = { $url } cannot be reached. Can the server get out to the internet? ({ $reason })
check-whatsapp-refused = Meta does not tell about this number. Is it the "phone number ID", and not the number itself? ({ $reason })
check-whatsapp-status = The number is not connected ({ $status }). Please look into WhatsApp Manager.
check-whatsapp-quality-green = the number is rated high
check-whatsapp-quality-yellow = The number's rating has gone down (medium). Do people find your messages a nuisance? Please send less.
check-whatsapp-quality-red = The number's rating is low. Sending may be stopped.
check-whatsapp-quality-unknown = The number is not rated yet. See WhatsApp Manager.
check-whatsapp-throughput = speed limit: { $level }
check-whatsapp-limit = you may write first to { $people } people within 24 hours
check-whatsapp-limit-none = you may write first to as many people as you like
check-whatsapp-limit-unknown = Meta does not tell to how many people you may write within 24 hours. If you know it, put it into WHATSAPP_DAILY_LIMIT.
check-whatsapp-no-account = With it, templates and webhooks can be looked at too ("WhatsApp Business Account ID" in WhatsApp Manager).
check-whatsapp-account-unasked = Meta does not tell about the WhatsApp Business Account. Please look at its ID and at the rights of the token. ({ $reason })
check-whatsapp-template = template { $name } is approved ({ $category })
check-whatsapp-template-none = There is no template { $name } ({ $language }). Please register it with the text in the README.
check-whatsapp-template-status = Template { $name } cannot be used yet ({ $status }).
check-whatsapp-template-marketing = Template { $name } counts as marketing: some people will not get it. Please apply again in WhatsApp Manager, as "utility".
check-whatsapp-template-other = Text or buttons of template { $name } differ from the README. What arrives will differ from the sample.
check-whatsapp-subscribed = news of the account go to an app
check-whatsapp-unsubscribed = News of the account go to no app. python -m bot check --fix mends it.
check-whatsapp-webhook-address = Please look at Meta for Developers > WhatsApp > Configuration: is the callback URL { $url }, and are messages, user_preferences and user_id_update on?
check-whatsapp-version-ends = This version of the Graph API ends on { $date }. Please change to a newer one by then.
check-whatsapp-version-over = This version of the Graph API ended on { $date }. Please change to a newer one.
