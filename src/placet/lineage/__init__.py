"""What reads what."""
