"""Floor 3: the same parties on somebody else's engine."""
