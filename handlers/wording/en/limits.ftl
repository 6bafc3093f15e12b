# When something is too long
too-long-title = The title is too long. Please keep it within { $limit } characters (it has { $length }).
too-long-body = The text is too long. Please keep it within { $limit } characters (it has { $length }).
too-long-label = The words on a button are too long. Please keep them within { $limit } characters (they have { $length }).
too-long-echo = What is shown when the button is pressed is too long. Please keep it within { $limit } characters (it has { $length }).
too-long-card = The notice as a whole does not fit into one message. Please shorten the choices or the title (limit { $limit } KB, now { $length } KB).
# Long texts
full-text-above = The full text is in the message above.
sample-ends-here = (The sample ends here. The full text will be sent.)
