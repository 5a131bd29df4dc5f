"""Every version that the model-server double is built from; nothing else in this folder names one."""

from __future__ import annotations

from typing import Final

TENSORFLOW: Final = "2.21.0"
IMAGE_TAG: Final = "2.20.0"  # the release of the real server whose behaviour the double follows
IMAGE_NAME: Final = f"docker.io/tfk8s-testbed/model-server-double:{IMAGE_TAG}"

SUPPORTED_PYTHONS: Final = ("3.11", "3.12", "3.13", "3.10")  # what the TensorFlow wheels cover, best first
IMAGE_PYTHON: Final = "3.11"  # the Python of the Debian that the testbed uses
WHEEL_PLATFORMS: Final = (
    "manylinux_2_28_x86_64",
    "manylinux_2_27_x86_64",
    "manylinux_2_17_x86_64",
    "manylinux2014_x86_64",
)

# All that the double itself imports; the image holds nothing else. Installed without their own dependencies,
# which ask for `tensorflow` (the serving API) and for Keras, h5py and Clang (TensorFlow).
RUNTIME_REQUIREMENTS: Final = (
    f"tensorflow-cpu=={TENSORFLOW}",
    "tensorflow-serving-api==2.21.0",
    "absl-py==2.5.1",
    "grpcio==1.85.3",
    "ml_dtypes==0.6.0",
    "numpy==2.4.6; python_version >= '3.11'",
    "numpy==2.2.6; python_version < '3.11'",
    "protobuf==7.36.2",
    "typing_extensions==4.16.0",
    "wrapt==2.5.2",
)
# For making models: the whole of TensorFlow. Its remaining dependencies are left to pip.
EXPORT_REQUIREMENTS: Final = (
    f"tensorflow-cpu=={TENSORFLOW}",
    "keras==3.15.1; python_version >= '3.11'",
    "keras==3.12.0; python_version < '3.11'",
    "pillow>=11,<13",
)
