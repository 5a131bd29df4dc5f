"""A ServiceSpec and a ModelInfo to manifests, through templates; nothing else reads them."""
