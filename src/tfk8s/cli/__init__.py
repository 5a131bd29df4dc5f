"""Commands, output formats, exit codes, and the wiring of real adapters; the only room that knows click."""
