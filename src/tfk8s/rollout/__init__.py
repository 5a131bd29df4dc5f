"""A snapshot of live objects to a verdict: progressing, complete or failed."""
