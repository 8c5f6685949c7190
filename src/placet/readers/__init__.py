"""From files to contracts, without running anything."""
