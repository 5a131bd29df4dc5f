"""Write `src/tfk8s/model/operation_names/tensorflow.txt`: the operations that a plain TensorFlow registers.

Run with the Python of an environment that holds TensorFlow; `--check` only says whether the file differs.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src" / "tfk8s" / "model" / "operation_names" / "tensorflow.txt"


def registered() -> list[str]:
    """Names of all operations, but for TensorFlow's internal ones (`_Mkl...`) and those of its tests (`Namespace>`)."""
    import_module("tensorflow")
    session = import_module("tensorflow.python.client.pywrap_tf_session")
    op_def_pb2 = import_module("tensorflow.core.framework.op_def_pb2")
    operations = op_def_pb2.OpList.FromString(session.TF_GetBuffer(session.TF_GetAllOpList()))
    return sorted(
        operation.name for operation in operations.op if operation.name[0] != "_" and ">" not in operation.name
    )


def main() -> None:
    """Write the list, or with `--check` compare it."""
    text = "\n".join(registered()) + "\n"
    if "--check" in sys.argv[1:]:
        sys.exit(
            0
            if TARGET.read_text("utf-8") == text
            else f"stale: {TARGET.relative_to(ROOT)}; run tools/list_operations.py"
        )
    TARGET.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
