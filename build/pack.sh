#!/bin/sh
# Plica: the program and its runtime in one file. It unpacks itself once, where it may, and starts from there.
set -eu
name=@NAME@
self=$0
case $self in
  */*) ;;
  *) self=$(command -v -- "$self") ;;
esac

# A folder of its own is filled and then renamed, so that nobody ever starts half of it.
unpack() {
  [ -x "$1/$name/deno" ] && return 0
  mkdir -p -m 700 "$1" 2>/dev/null || return 1
  [ -O "$1" ] || return 1
  new=$(mktemp -d "$1/.$name.XXXXXX" 2>/dev/null) || return 1
  if ! { tail -c +@OFFSET@ "$self" | tar -xzf - -C "$new"; } 2>/dev/null || ! "$new/deno" --version >/dev/null 2>&1; then
    rm -rf "$new"
    return 1
  fi
  mv "$new" "$1/$name" 2>/dev/null || true
  # where another process was first, this one lies inside or is still there
  rm -rf "$new" "$1/$name/${new##*/}"
  [ -x "$1/$name/deno" ]
}

cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
for place in "${PLICA_HOME:-}" "${cache:+$cache/plica}" "$(dirname -- "$self")/.plica" "${TMPDIR:-/tmp}/plica-$(id -u)"; do
  if [ -n "$place" ] && unpack "$place"; then
    exec "$place/$name/deno" run -A --quiet --no-config --no-lock "$place/$name/program/cli.js" "$@"
  fi
done
if ! tail -c +@OFFSET@ "$self" | gzip -t 2>/dev/null; then
  echo "plica: $self: found a damaged file, expected a whole one; copy it again" >&2
else
  echo "plica: found no folder to unpack in, expected one that is writable and may hold programs; set PLICA_HOME" >&2
fi
exit 1
