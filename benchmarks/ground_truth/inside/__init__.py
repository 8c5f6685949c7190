"""What runs in the benchmark's own environment, with dbt and DuckDB, and imports nothing of the product."""
