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
