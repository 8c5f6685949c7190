"""Background work: an edge. The loops over deliveries and keys, the sweep, and the processes that read files."""
