"""Requests that are lost while a service changes: ours, and that of a plain Deployment, under the same steady load."""
