"""What talent adds to the navigation."""
