# WhatsApp. The first two equal the bodies of the templates registered at Meta (README): change both or none
whatsapp-notice-template =
    An important notice ({ $organization }).

    Subject: { $title }
    Text: { $text }

    Details: { $facts }

    When you have read it, please press the button below.
whatsapp-reading-template =
    An important notice ({ $organization }).

    Subject: { $title }
    Text: { $text }

    Details: { $facts }

    Press the button below: the full text and the button to confirm will come.
whatsapp-read-button = Read the text
whatsapp-report-sender = a report from the bot
whatsapp-choose-button = Choose
whatsapp-more = (continued)
whatsapp-sample-title = [Sample for WhatsApp]
# When "Read the text" is pressed on a notice that takes no answers any more
reading-closed = "{ $title }" is closed.
reading-cancelled = "{ $title }" was withdrawn. You need not read it.
reading-expired = "{ $title }" has expired.
# What Meta tells of the WhatsApp account
news-title = News from WhatsApp
news-template = The template "{ $name }" is now { $state }.
news-do-template = While it cannot be used, no new notice reaches people on WhatsApp. Please have whoever looks after the server see to it in Meta's business manager.
news-category = The template "{ $name }" is now counted as marketing.
news-do-category = Some people may not get it any more. Please have whoever looks after the server ask for a review in Meta's business manager.
news-number = The telephone number is now { $state }.
news-do-number = Fewer people may be written to. Please have whoever looks after the server see to it in Meta's business manager.
news-account = About the account: { $state }.
news-do-account = Sending by WhatsApp may stop. Please have whoever looks after the server see to it in Meta's business manager.
