"""A test double of `tensorflow_model_server`: real TensorFlow, real SavedModels, our own server around them."""
