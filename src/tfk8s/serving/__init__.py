"""Talks to a running model server: status, metadata, predictions."""
