"""How the states of the platform's own things look."""

from freelance_hub import presentation
from freelance_hub.models import ImportRow, ImportRun
from freelance_hub.presentation import Look, Tone

presentation.register(
    "importrun",
    {
        ImportRun.State.DONE: Look("Imported", Tone.GOOD, icon="circle-check"),
        ImportRun.State.UNDOING: Look("Taking back", Tone.BUSY, icon="undo-2"),
        ImportRun.State.UNDONE: Look("Taken back", Tone.NEUTRAL, icon="undo-2"),
    },
)
presentation.register(
    "importrow",
    {
        ImportRow.Verdict.NEW: Look("New", Tone.GOOD, icon="plus"),
        ImportRow.Verdict.CHANGED: Look("Changes", Tone.BUSY, icon="pencil"),
        ImportRow.Verdict.UNDONE: Look("Taken back", Tone.NEUTRAL, icon="undo-2"),
        ImportRow.Verdict.KEPT: Look("Kept", Tone.WARN, icon="lock"),
    },
)
