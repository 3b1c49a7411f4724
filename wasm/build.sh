#!/usr/bin/env bash
# Builds wasm/plica_simd.wasm and wasm/plica_relaxed.wasm: FFTW 3 by Debian's Emscripten, our kernels by clang 22,
# linked with Emscripten's C library into one module on shared memory for all threads. The result has the same bytes
# wherever and whenever it is built. FFTW is built once and kept in wasm/.build.
#
# usage: wasm/build.sh [output directory]      needs: apt-get install emscripten clang-22 lld-22 dpkg-dev
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work="$here/.build"
output=${1:-$here}
fftw="$work/fftw/.libs/libfftw3f.a"
sysroot=/usr/share/emscripten/cache/sysroot/lib/wasm32-emscripten

build_fftw() {
  mkdir -p "$work"
  "$here/fetch_fftw.sh" "$work"
  rm -rf "$work/fftw"
  mkdir "$work/fftw"
  cd "$work/fftw"
  # The SSE2 codelets do not build (cpuid assembly); the generic 128-bit vectors become WebAssembly's.
  NODE_PATH=/usr/share/nodejs emconfigure ../fftw3-3.3.10/configure --host=i686-pc-linux-gnu --enable-float \
    --enable-generic-simd128 --disable-fortran --disable-doc \
    CFLAGS="-O3 -msimd128 -matomics -mbulk-memory -ffile-prefix-map=$work=." >configure.log 2>&1
  for part in kernel simd-support dft rdft reodft api; do
    NODE_PATH=/usr/share/nodejs emmake make -j"$(nproc)" -C "$part" >"make_$part.log" 2>&1
  done
  NODE_PATH=/usr/share/nodejs emmake make libfftw3f.la >make.log 2>&1
}

# The registry of kernels, X(name, setup), from the definitions `KERNEL(name, Args)` and `int setup_name(void *args)`.
list_kernels() {
  local name setup
  echo "#define KERNELS(X) \\"
  for name in $(grep -rhoP '^KERNEL\(\K\w+' --include='*.c' "$here" | LC_ALL=C sort); do
    setup=$(grep -rhoP "^int \Ksetup_$name(?=\(void \*)" --include='*.c' "$here" || echo no_setup)
    echo "  X($name, $setup) \\"
  done
  echo
}

# $1: name of the build, the rest: flags for it.
build_kernels() {
  local name=$1 objects=() source
  shift
  mkdir -p "$work/$name"
  # In the order of the files' names, whatever family they are in: it decides the order of the code in the module.
  for source in $(find "$here" -path "$work" -prune -o -name '*.c' -printf '%f %p\n' | LC_ALL=C sort | cut -d' ' -f2-); do
    local object="$work/$name/$(basename "$source" .c).o"
    clang-22 --target=wasm32-unknown-unknown -std=c17 -O3 -ffreestanding -fno-math-errno -fvisibility=hidden \
      -msimd128 -matomics -mbulk-memory "$@" -Wall -Wextra -Werror -I"$here" -I"$work" -ffile-prefix-map="$here"=wasm \
      -c "$source" -o "$object"
    objects+=("$object")
  done
  wasm-ld-22 --no-entry --import-memory --shared-memory --max-memory=4294967296 --stack-first -z stack-size=1048576 \
    --wrap=malloc --wrap=memalign --wrap=free --strip-all --gc-sections \
    $(printf -- "--export=%s " run_program worker_main kernel_names setup_call allow_main_to_wait stop_workers \
      mark_failed plica_allocate plica_release __stack_pointer) \
    "${objects[@]}" "$fftw" -L"$sysroot" -lc -ldlmalloc -lcompiler_rt -o "$output/plica_$name.wasm"
}

mkdir -p "$work" "$output"
[ -f "$fftw" ] || (build_fftw)
list_kernels >"$work/kernel_list.h"
build_kernels simd
build_kernels relaxed -mrelaxed-simd -DPLICA_RELAXED
cd "$output" && sha256sum plica_simd.wasm plica_relaxed.wasm >SHA256SUMS
