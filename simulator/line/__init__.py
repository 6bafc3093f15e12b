"""The LINE Messaging API, as its public documentation describes it. No other platform, nothing of the product."""
