"""What programs adds to the navigation."""
