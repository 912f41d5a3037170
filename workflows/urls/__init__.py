"""Routes of workflows by who walks them."""
