"""A GitHub for this machine: real state, the REST API over HTTP, and signed webhook deliveries."""

from placet.sandbox.git import File, Mode
from placet.sandbox.model import Rejected
from placet.sandbox.server import Sandbox
from placet.sandbox.state import World

__all__ = ["File", "Mode", "Rejected", "Sandbox", "World"]
