"""The use-cases, one module a verb; they order the steps, see the world through ports only, and emit events."""
