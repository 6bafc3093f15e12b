"""A WhatsApp Cloud API of one's own: the Graph API, people with phones, and the webhooks that come of both."""
