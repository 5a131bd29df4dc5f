"""Static findings on manifests: schemas of each Kubernetes version, and our policies."""
