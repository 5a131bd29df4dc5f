"""The recommended autoscaler beside the common default, under the same load on the same cluster."""
