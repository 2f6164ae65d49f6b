"""What Books answers when it refuses a call.

    FinanceError              HTTP status, the service's own code, its message
      built by the functions below, one for each family of refusal

Codes 2, 4, 5, 9, 14, 15, 44, 45, 57, 1001, 1002, 1070, 3062 and 6041 are the service's. The codes of the
four-digit `*_CODE` constants stand for refusals whose real code nobody has published; callers should go by
the HTTP status there.
"""

from __future__ import annotations

STATE_CODE = 4001
IN_USE_CODE = 3003
INACTIVE_CODE = 3004
NUMBERING_CODE = 4097
PAYMENT_CODE = 24016
BASE_CURRENCY_CODE = 3005
MAIL_CODE = 4101


class FinanceError(Exception):
    """A refusal: becomes `{"code": code, "message": message}` with the HTTP status."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def invalid_value(name: str) -> FinanceError:
    """The value of a field or parameter is missing or of the wrong kind."""
    return FinanceError(400, 2, f"Invalid value passed for {name}")


def invalid_element(name: str) -> FinanceError:
    """The body's structure is wrong: an object where a list belongs, or no object at all."""
    return FinanceError(400, 4, f"Invalid element {name}")


def invalid_url() -> FinanceError:
    return FinanceError(404, 5, "Invalid URL Passed")


def too_long(name: str, limit: int) -> FinanceError:
    return FinanceError(400, 15, f'Please ensure that the "{name}" has less than {limit + 1} characters.')


def does_not_exist(what: str) -> FinanceError:
    """`what` is the resource's name for people: "Invoice", "Quote", "Contact"."""
    return FinanceError(404, 1002, f"{what} does not exist.")


def already_exists(what: str, name: str) -> FinanceError:
    return FinanceError(400, 1001, f'{what} "{name}" already exists.')


def base_currency_exists() -> FinanceError:
    return FinanceError(400, 1001, "The base currency is already added")


def contact_exists(contact_type: str, name: str) -> FinanceError:
    return FinanceError(400, 3062, f'The {contact_type} "{name}" already exists. Please specify a different name.')


def not_allowed_now(message: str) -> FinanceError:
    """The record's status forbids the change."""
    return FinanceError(400, STATE_CODE, message)


def in_use(message: str) -> FinanceError:
    return FinanceError(400, IN_USE_CODE, message)


def not_authorized() -> FinanceError:
    """The token is dead or lacks the scope, or the user may not do this in the organisation."""
    return FinanceError(401, 57, "You are not authorized to perform this operation")


def base_currency_locked() -> FinanceError:
    return FinanceError(
        400, BASE_CURRENCY_CODE, "The base currency cannot be changed once transactions have been recorded."
    )


def wrong_organization(organization_id: str) -> FinanceError:
    return FinanceError(400, 6041, f"This user is not associated with the CompanyID/CompanyName:{organization_id}.")
