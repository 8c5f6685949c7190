"""The forge's edge: GitHub over REST, and what its webhooks say, in Placet's own values."""
