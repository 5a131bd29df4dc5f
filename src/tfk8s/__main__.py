"""`python -m tfk8s` is the same program as the console script."""

from __future__ import annotations

from tfk8s.cli.main import main

if __name__ == "__main__":
    main()
