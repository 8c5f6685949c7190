"""The forge's state as JSON, in the shapes that GitHub documents for answers and for webhook payloads."""
