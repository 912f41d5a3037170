"""What the platform itself listens to."""
