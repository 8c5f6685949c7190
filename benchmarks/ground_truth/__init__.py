"""Ground truth: what a database says of dbt projects that it builds, against what we read without one."""
