"""What analytics adds to the navigation."""
