"""Makes SavedModels for tests. Runs inside the TensorFlow environment; everything else runs outside."""
