"""The database: an edge. What the use cases write down and read again, and the tables that it stands in."""
