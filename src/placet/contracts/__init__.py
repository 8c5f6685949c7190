"""What an asset promises."""
