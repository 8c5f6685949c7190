"""The REST API of the simulated forge, a module a resource."""
