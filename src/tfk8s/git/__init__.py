"""Reads what a Git repository holds, through the git program. Nothing is written."""
