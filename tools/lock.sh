#!/bin/sh
# Write both lock files anew, with hashes, for every platform of Python 3.11 and later. Needs `uv`.
set -eu
cd "$(dirname "$0")/.."
uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements.lock
uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements-dev.lock
