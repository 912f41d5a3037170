"""What programs listens to, and the notification kinds, looks and file owners that it registers."""

from freelance_hub import presentation
from freelance_hub.models import NotificationPreference
from freelance_hub.presentation import Look, Tone
from freelance_hub.services import files, notifications
from programs.access import access_message
from programs.models import Program, Workspace

notifications.register("program", "Programs I own")
notifications.register("workspace", "I was added to a workspace")
notifications.register("message", "New messages in my workspaces", mail=NotificationPreference.Mail.NOW)

presentation.register(
    "program",
    {
        Program.State.DRAFT: Look("Being set up", Tone.NEUTRAL, icon="circle-dashed"),
        Program.State.LIVE: Look("Live", Tone.GOOD, icon="circle-check"),
        Program.State.CLOSED: Look("Closed", Tone.NEUTRAL, icon="archive"),
    },
)
presentation.register(
    "workspace",
    {
        Workspace.State.OPEN: Look("Open", Tone.BUSY, icon="circle-dot"),
        Workspace.State.ARCHIVED: Look("Archived", Tone.NEUTRAL, icon="archive"),
    },
)

# Files that hang on a message are for those who can open its room.
files.register_owner("message", access_message)
