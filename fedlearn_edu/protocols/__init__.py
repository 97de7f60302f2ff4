"""The protocols: one idea, one file. Each file opens with its messages, who learns what, and what it does not do."""
