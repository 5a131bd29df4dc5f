"""Hand-written manifests become a spec, with a note for whatever could not be carried over. Pure."""
