"""The Kubernetes API through one gateway that speaks plain dicts."""
