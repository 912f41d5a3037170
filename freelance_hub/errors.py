"""What a service raises when it cannot do what was asked."""


class Refusal(Exception):  # noqa: N818  it is an answer to the user, not a fault of the program
    """A business rule says no. `message` says what and why, `remedy` how to mend it, `field` where.

    Pages show it at the form (status 409 or 422), the API as a problem, an import as the reason of a row.
    """

    def __init__(self, message: str, *, field: str = "", remedy: str = "", code: str = "refused") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.remedy = remedy
        self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()
