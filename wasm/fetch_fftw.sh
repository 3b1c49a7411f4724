#!/usr/bin/env bash
# Fetches Debian's source package of FFTW 3 into $1 without changing the machine: apt gets its own lists, cache
# and sources for the length of this script, and checks the signatures as usual.
set -euo pipefail
target=$1
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
mkdir -p "$target" "$state"/lists/partial "$state"/cache/archives/partial "$state"/parts
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main" \
  >"$state/sources.list"
apt_options=(
  -o Dir::Etc::SourceList="$state/sources.list"
  -o Dir::Etc::SourceParts="$state/parts"
  -o Dir::State::Lists="$state/lists"
  -o Dir::Cache="$state/cache"
  -o APT::Sandbox::User=""
)
apt-get "${apt_options[@]}" -qq update
cd "$target"
apt-get "${apt_options[@]}" -qq source fftw3=3.3.10-1
