"""The Graph API's errors: its codes, their titles, and the shape of an error body ("Cloud API error codes")."""

import secrets

from simulator.jsonio import JsonObject

HREF = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"

# code: (HTTP status, title, what `error_data.details` says when nobody says more)
TITLES: dict[int, tuple[int, str, str]] = {
    0: (401, "AuthException", "We were unable to authenticate the app user."),
    1: (400, "API Unknown", "Invalid request or possible server error."),
    2: (503, "API Service", "Temporary due to downtime or due to being overloaded."),
    3: (403, "API Method", "Capability or permissions issue."),
    4: (400, "API Too Many Calls", "The app has reached its API call rate limit."),
    10: (403, "Permission Denied", "Permission is either not granted or has been removed."),
    33: (400, "Parameter value is not valid", "The business phone number has been deleted."),
    100: (400, "Invalid parameter", "The request included one or more unsupported or misspelled parameters."),
    190: (401, "Access token has expired", "Your access token has expired."),
    200: (403, "API Permission", "Permission is either not granted or has been removed."),
    368: (403, "Temporarily blocked for policies violations", "The account has been restricted or disabled."),
    80007: (400, "Rate limit issues", "The WhatsApp Business Account has reached its rate limit."),
    130429: (
        429,
        "Rate limit hit",
        "Message failed to send because there were too many messages sent from this phone number in a short period"
        " of time",
    ),
    130472: (400, "User's number is part of an experiment", "Message was not sent as part of an experiment."),
    130497: (403, "Business account is restricted from messaging users in this country.", "Restricted."),
    131000: (500, "Something went wrong", "Message failed to send due to an unknown error."),
    131005: (403, "Access denied", "Permission is either not granted or has been removed."),
    131008: (400, "Required parameter is missing", "The request is missing a required parameter."),
    131009: (400, "Parameter value is not valid", "One or more parameter values are invalid."),
    131016: (500, "Service unavailable", "A service is temporarily unavailable."),
    131021: (400, "Recipient cannot be sender", "Sender and recipient phone number is the same."),
    131026: (400, "Message undeliverable", "Message Undeliverable."),
    131030: (400, "Recipient phone number not in allowed list", "Add recipient phone number to recipient list."),
    131031: (403, "Account has been locked", "The account has been restricted or disabled."),
    131037: (400, "Display name approval is needed", "The display name of this number needs approval."),
    131042: (400, "Business eligibility payment issue", "There was an error related to your payment method."),
    131047: (
        400,
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
    ),
    131048: (
        400,
        "Spam rate limit hit",
        "Message failed to send because there are restrictions on how many messages can be sent from this phone"
        " number. This may be because too many previous messages were blocked or flagged as spam.",
    ),
    131049: (
        400,
        "Message was not delivered to maintain healthy ecosystem engagement",
        "In order to maintain a healthy ecosystem engagement, the message failed to be delivered.",
    ),
    131050: (
        400,
        "User has stopped receiving marketing messages",
        "Unable to deliver the message. This recipient has chosen to stop receiving marketing messages on WhatsApp"
        " from your business",
    ),
    131051: (400, "Unsupported message type", "Unsupported message type."),
    131053: (400, "Media upload error", "Unable to upload the media used in the message."),
    131056: (
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Message failed to send because there were too many messages sent from this phone number to the same phone"
        " number in a short period of time.",
    ),
    131057: (400, "Account in maintenance mode", "Business Account is in maintenance mode."),
    131062: (
        400,
        "Business-scoped user ID is not supported",
        "Business-scoped User ID (BSUID) recipients are not supported for this message.",
    ),
    131063: (400, "Marketing templates are switched off", "Marketing templates cannot be sent with Cloud API."),
    131064: (400, "Messaging limit reached", "Reached because of template classification violations."),
    132000: (
        400,
        "Number of parameters does not match the expected number of params",
        "The number of variable parameter values does not match the number defined in the template.",
    ),
    132001: (404, "Template name does not exist in the translation", "No approved template in this language."),
    132005: (400, "Template Hydrated Text Too Long", "Translated text is too long."),
    132007: (400, "Template format character policy violated", "Template content violates a WhatsApp policy."),
    132008: (400, "Template parameter value is not valid", "Variable parameter values formatted incorrectly."),
    132012: (400, "Parameter format does not match format in the created template", "Formatted incorrectly."),
    132015: (400, "Template is paused", "Template is paused due to low quality."),
    132016: (400, "Template is disabled", "Template has been paused too many times and is now disabled."),
    132018: (400, "There's an issue with the parameters in your template", "Check the parameters."),
    135000: (400, "Generic user error", "Message failed to send because of an unknown error."),
}
_UNKNOWN = (400, "Something went wrong", "Unknown error.")


class GraphError(Exception):
    """A request that the Graph API would refuse: status and body, ready to send."""

    def __init__(self, code: int, details: str = "", *, status: int | None = None, message: str | None = None) -> None:
        usual, title, said = TITLES.get(code, _UNKNOWN)
        super().__init__(title)
        self.code = code
        self.details = details or said
        self.status = status or usual
        self.body: JsonObject = {
            "error": {
                "message": message or f"(#{code}) {title}",
                "type": "OAuthException",
                "code": code,
                "error_data": {"messaging_product": "whatsapp", "details": self.details},
                "fbtrace_id": trace_id(),
            }
        }


def not_found(method: str, object_id: str) -> GraphError:
    """An id that does not exist, or that this token cannot see: code 100, subcode 33."""
    words = (
        f"Unsupported {method.lower()} request. Object with ID '{object_id}' does not exist, cannot be loaded due to"
        " missing permissions, or does not support this operation."
    )
    error = GraphError(100, message=words)
    known = error.body["error"]
    known |= {"type": "GraphMethodException", "error_subcode": 33}
    del known["error_data"]
    return error


def bare(code: int, message: str, status: int) -> GraphError:
    """An error of the Graph API itself, without WhatsApp's `error_data`."""
    error = GraphError(code, status=status, message=message)
    del error.body["error"]["error_data"]
    return error


def reported(code: int, details: str = "") -> JsonObject:
    """One of `errors[]` in a webhook. Title and message are the same ("Errors webhooks")."""
    _, title, said = TITLES.get(code, _UNKNOWN)
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": details or said},
        "href": HREF,
    }


def trace_id() -> str:
    """What one would quote to Meta's support."""
    return "A" + secrets.token_urlsafe(16).replace("-", "x").replace("_", "y")
