"""Strict reading and canonical writing of YAML: the one door, everything behind it is private to the room.

Reading: `load_documents` and `load_one` return `Document`s (plain data plus the place of every key and value) or
raise one `InputError` that lists every trap with file:line:column. `read_documents` returns the traps as values.

Writing: `dump` and `dump_documents` are canonical (same value, same bytes) and carry comments above fields.
"""

from __future__ import annotations

from tfk8s.manifest.yaml_builder import MAX_PROBLEMS
from tfk8s.manifest.yaml_document import Document, Mark, Path, Problem, Reading, path_text
from tfk8s.manifest.yaml_reader import failure, load_documents, load_one, read_documents, read_one
from tfk8s.manifest.yaml_writer import Comments, dump, dump_documents, scalar

__all__ = [
    "MAX_PROBLEMS",
    "Comments",
    "Document",
    "Mark",
    "Path",
    "Problem",
    "Reading",
    "dump",
    "dump_documents",
    "failure",
    "load_documents",
    "load_one",
    "path_text",
    "read_documents",
    "read_one",
    "scalar",
]
