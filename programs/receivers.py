"""What programs listens to, and the conditions, gates and file owners that it registers."""
