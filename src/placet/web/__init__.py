"""Pages and HTTP endpoints."""
