#!/bin/bash
# Run pytest on SQLite and on a private PostgreSQL, made for this run and removed after it.
# Arguments go to pytest. TEST_POSTGRESQL_URL in the environment names another server instead.
set -euo pipefail
cd "$(dirname "$0")/.."

# Where it is set, each of a thousand children compiles the package anew: a quarter of its start.
unset PYTHONDONTWRITEBYTECODE

# As in the product's own children. A second thread of a product of matrices only waits in a loop for
# the first, where each processor has a test to run: two fifths of what measuring loudness took.
export OMP_NUM_THREADS=1

# In memory where there is room: a new database is a thousand files and each test has one, and every
# commit of a catalogue or an index waits for the disk. What passing tests wrote is removed at once.
place=/tmp
if [ "$(df --output=avail -k /dev/shm 2>/dev/null | tail -1)" -gt 2000000 ] 2>/dev/null; then place=/dev/shm; fi
folder=$(mktemp -d "$place/mediacatalog-test.XXXXXX")
server=""
as_owner=()

stop() {
  if [ -n "$server" ]; then
    "${as_owner[@]}" "$programs/pg_ctl" -D "$server/data" -m immediate stop >/dev/null 2>&1 || true
  fi
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

start() {
  programs=$(find /usr/lib/postgresql/*/bin -name initdb 2>/dev/null | sort -V | tail -1 | xargs -r dirname)
  programs=${programs:-$(dirname "$(command -v initdb)")}
  server=$folder/server
  mkdir "$server"
  if [ "$(id -u)" = 0 ]; then # the server refuses to run as root
    as_owner=(runuser -u "$(id -un postgres 2>/dev/null || echo nobody)" --)
    chown "$("${as_owner[@]}" id -u)" "$server"
    chmod a+x "$folder"
  fi
  port=$(.venv/bin/python -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
  (
    cd "$server"
    "${as_owner[@]}" "$programs/initdb" -D data -U tester -A trust -E UTF8 --locale=C.UTF-8 --no-sync >initdb.log
    # Made for tests: what a power cut would lose is thrown away anyway.
    "${as_owner[@]}" "$programs/pg_ctl" -D data -l data/log -w -t 60 -o \
      "-p $port -k $server -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off \
       -c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=128MB -c max_connections=400" \
      start >start.log
  ) || { cat "$server"/*.log "$server/data/log" >&2; exit 1; }
  export TEST_POSTGRESQL_URL="postgresql+psycopg://tester@127.0.0.1:$port/postgres"
}

[ -n "${TEST_POSTGRESQL_URL:-}" ] || start
export TMPDIR=$folder
strict=()
if [ "${CI:-}" = true ]; then strict=(-p tests.no_skips); fi
.venv/bin/python -m pytest "${strict[@]}" "$@"
