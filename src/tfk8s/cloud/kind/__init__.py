"""Clusters of the kind tool on this computer."""
