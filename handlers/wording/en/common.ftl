# Words for every occasion
confirm-button = I have read this
