"""tfk8s: from a TensorFlow SavedModel to an autoscaled, versioned TensorFlow Serving service on Kubernetes."""

__version__ = "0.1.0"
