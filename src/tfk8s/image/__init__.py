"""Model images: a base image and one layer for each model version, without a daemon."""
