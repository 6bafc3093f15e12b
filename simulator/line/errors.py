"""LINE's error bodies, in LINE's words (Messaging API reference, "Error responses" and "Error messages")."""

from dataclasses import dataclass

from simulator.jsonio import JsonObject

RATE_LIMITED = "The API rate limit has been exceeded. Try again later."
MONTHLY_LIMIT = "You have reached your monthly limit."
FLOOD = "A large number of messages were sent to the same user."  # LINE documents the case, not the wording
FAILED_TO_SEND = "Failed to send messages"
INVALID_REPLY_TOKEN = "Invalid reply token"  # noqa: S105 - a sentence
ALREADY_ACCEPTED = "The retry key is already accepted"
NOT_AVAILABLE = "Access to this API is not available for your account"
NOT_FOUND = "Not found"
UNAUTHORIZED = (
    "Authentication failed due to the following reason: invalid token. "
    "Confirm that the access token in the authorization header is valid."
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a request body, and where."""

    message: str
    property: str

    def as_json(self) -> JsonObject:
        """The shape of `details[]`."""
        return {"message": self.message, "property": self.property}


class ApiError(Exception):
    """A request that LINE would refuse: status and body, ready to send."""

    def __init__(self, status: int, message: str, problems: list[Problem] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body: JsonObject = {"message": message}
        if problems:  # "If the array is empty, this property will not be included"
            self.body["details"] = [problem.as_json() for problem in problems]


def body_error(problems: list[Problem]) -> ApiError:
    """400 with everything that is wrong at once."""
    return ApiError(400, f"The request body has {len(problems)} error(s)", problems)


def property_error(name: str) -> ApiError:
    """400 for an id that cannot be one."""
    return ApiError(400, f"The property, {name}, in the request body is invalid (line: -, column: -)")
