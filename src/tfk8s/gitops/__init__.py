"""Forms that a GitOps tool reads: specs and what they render to become files. Pure: nothing is written from here."""
