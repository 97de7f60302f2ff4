"""What a curious party computes from its own view. One file a chapter; learners run these against their own runs."""
