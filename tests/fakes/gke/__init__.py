"""A server that speaks GKE's protocol with its own library's messages; `python -m tests.fakes.gke` runs it alone."""
