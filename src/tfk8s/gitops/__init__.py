"""Specs and their objects as files that GitOps tools read; pure. Each form is a module, loaded only when asked for."""

from __future__ import annotations

from tfk8s.gitops.files import HEADER, file_name, object_files, yaml_file
from tfk8s.gitops.request import FormFiles, FormRequest, RenderedSpec

__all__ = ["HEADER", "FormFiles", "FormRequest", "RenderedSpec", "file_name", "object_files", "yaml_file"]
