"""More kinds of subject that ship: changes of terms, invoices, knowledge pages, members, the company."""


def load() -> None:
    """Register them all. Called in `apps.ready()`."""
    from workflows.about import amendments, companies, invoices, pages  # noqa: PLC0415  they need loaded models

    for module in (amendments, invoices, pages, companies):
        module.load()
