"""Two sets of objects to changes that a person understands, each with its risk. Pure: no cluster, no files."""

from __future__ import annotations

from tfk8s.review.explain import explain, explain_anew, explain_taken
from tfk8s.review.result import Act, Explained, ExplainedField, Review
from tfk8s.review.risk import Risk, worst

__all__ = ["Act", "Explained", "ExplainedField", "Review", "Risk", "explain", "explain_anew", "explain_taken", "worst"]
