"""Getting it agreed."""
