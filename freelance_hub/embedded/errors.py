"""What went wrong with an embedded server, said so that a person can mend it."""


class EmbeddedError(Exception):
    """Something a person must mend: what happened, why, and what to do."""

    def __init__(self, what: str, *, why: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what, self.why, self.mend = what, why, mend

    def __str__(self) -> str:
        lines = [self.what]
        if self.why:
            lines.append("  Why:  " + self.why.strip().replace("\n", "\n        "))
        if self.mend:
            lines.append("  Mend: " + self.mend.strip().replace("\n", "\n        "))
        return "\n".join(lines)
