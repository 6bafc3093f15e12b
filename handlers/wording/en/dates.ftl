# When a date has to be asked about
draft-date-unread = I could not read “{ $typed }” as a date. For example: 11/30 18:00, tomorrow 9:00, Friday 5pm
draft-date-impossible = There is no such date or time as “{ $typed }”. Please type it again. For example: 11/30 18:00
draft-date-past = { $moment } is already over. What shall it be?
draft-date-weekday = It says “{ $typed }”, but the calendar says { $day }. Which one is meant?
draft-date-ambiguous = “{ $typed }” can mean more than one time. Which one is it?
draft-date-far = { $moment } is more than a year away. Is that right?
draft-date-today = Today { $moment }
draft-date-tomorrow = Tomorrow { $moment }
