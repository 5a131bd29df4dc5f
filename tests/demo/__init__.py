"""`make demo` and `make demo-load`: a ResNet50 through the real command line, on the testbed's cluster."""
