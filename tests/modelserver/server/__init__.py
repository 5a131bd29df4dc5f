"""The double itself. Needs TensorFlow only in `runtime`, `savedmodel`, `tensors`, `warmup`, `prediction` and `rpc`."""
