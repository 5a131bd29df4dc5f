"""What counts requests and scales by them on the kind cluster: Prometheus, and KEDA.

Nothing of it is there until a test asks for it; then it stays in the cluster. Prometheus reads every pod that says so
by an annotation, and every two seconds, so that tests need not wait long for a rate.
"""
