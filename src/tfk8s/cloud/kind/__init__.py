"""Clusters on this computer by kind (Kubernetes in Docker): the one room that runs programs."""
