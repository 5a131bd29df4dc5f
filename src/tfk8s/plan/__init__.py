"""Desired manifests and observations to an ordered, explainable plan."""
