"""What the real gcloud sends for a command, as it was captured on loopback: the oracle of our own requests."""
