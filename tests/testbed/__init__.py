"""A real Kubernetes for the tests and the demo, on one machine; `python3 -m tests.testbed --help`.

Rule of this package: the standard library alone, so that it runs before any virtual environment exists.
"""
