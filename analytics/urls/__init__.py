"""Routes of analytics by who walks them."""
