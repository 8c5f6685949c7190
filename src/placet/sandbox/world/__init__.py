"""What people and apps do on the simulated forge: each act changes its state and queues what GitHub would deliver."""
