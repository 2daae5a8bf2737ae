#!/bin/sh
# Install what pip can't: `system.sh run PYTHON` for the catalogue, `system.sh test PYTHON` also for its tests.
# Does nothing when all is there; asks apt when it may (root, or sudo without a password); else says what to do.
set -eu
what=${1:?run or test}
python=${2-}

if [ -z "$python" ]; then
  echo "mediacatalog needs Python 3.11 or later; on Debian 12 and Ubuntu 24.04: apt-get install python3 python3-venv" >&2
  exit 1
fi

PATH=$PATH:/usr/sbin:/sbin
library() { ldconfig -p | grep -q "$1"; }
missing=""
need() { missing="$missing $1"; }

if [ "$(id -u)" = 0 ]; then as_root=""
elif sudo -n true 2>/dev/null; then as_root="sudo -n"
else as_root=none
fi
may_install() { [ "$as_root" != none ] && command -v apt-get >/dev/null; }
install() {
  echo "installing with apt: $*"
  export DEBIAN_FRONTEND=noninteractive
  # A list that is too old names packages that are gone, so it is fetched anew.
  $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

command -v ffmpeg >/dev/null && command -v ffprobe >/dev/null || need ffmpeg
command -v bwrap >/dev/null || need bubblewrap
library 'libGL\.so\.1' || need libgl1
library 'libgthread-2\.0\.so\.0' || need libglib2.0-0
if [ ! -x .venv/bin/python ] && ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  need "$("$python" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')"
fi
if [ "$what" = test ]; then
  # The headless build of Debian takes half the processor time; any chromium will do.
  if ! command -v chromium-headless-shell >/dev/null; then
    if ! { grep -q '^ID=debian' /etc/os-release && may_install && install chromium-headless-shell; }; then
      command -v chromium >/dev/null || need chromium
    fi
  fi
  # Text in the picture is read in three scripts.
  command -v tesseract >/dev/null || need tesseract-ocr
  for language in ara rus; do
    tesseract --list-langs 2>/dev/null | grep -qx $language || need tesseract-ocr-$language
  done
  command -v curl >/dev/null || need curl # the guide to the API is run as it stands
  # Pages are measured with Arabic letters in them.
  fc-list :lang=ar 2>/dev/null | grep -q . || need fonts-noto-core
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || need postgresql
fi
[ -n "$missing" ] || exit 0

if ! may_install; then
  echo "These system packages are missing:$missing" >&2
  echo "Install them (Debian, Ubuntu: sudo apt-get install$missing), then run make again." >&2
  exit 1
fi
# shellcheck disable=SC2086 # a list of words
install $missing
