"""States as each version left them on the pulumi CLI, which every later version must be able to go on from."""
