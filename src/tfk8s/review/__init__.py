"""Two sets of objects to changes that a person understands, each with its risk. Pure: no cluster, no files."""
