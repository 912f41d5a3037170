"""Documents that leave the house: rendered as PDF, sealed, and later judged genuine or changed. Nothing here uses the network."""

from freelance_hub.documents.rendering import render
from freelance_hub.documents.sealing import seal
from freelance_hub.documents.verifying import Verdict, judge

__all__ = ["Verdict", "judge", "render", "seal"]
