# Words for every occasion
confirm-button = I have read this
went-wrong = Something went wrong. Please wait a moment and try again.
