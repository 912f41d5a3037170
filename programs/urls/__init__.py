"""Routes of programs by who walks them."""
