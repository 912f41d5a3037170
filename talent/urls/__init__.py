"""Routes of talent by who walks them."""
