"""Words that all layers use."""
