"""Providers that make a cluster and an image store exist."""
