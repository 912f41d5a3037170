"""Routes of the platform by who walks them: public, console, portal, API, development."""
