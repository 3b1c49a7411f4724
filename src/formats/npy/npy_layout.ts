/**
 * Byte order, axis order and half precision of npy data.
 *
 * @module
 */

/** Reverses the bytes of each word in place. Words of one byte stay as they are. */
export function swapBytes(bytes: Uint8Array, wordBytes: number): void {
  for (let start = 0; start + wordBytes <= bytes.length && wordBytes > 1; start += wordBytes) {
    for (let i = start, j = start + wordBytes - 1; i < j; i++, j--) {
      const kept = bytes[i];
      bytes[i] = bytes[j];
      bytes[j] = kept;
    }
  }
}

/** Returns the elements in Fortran order (first axis fastest) copied to C order (last axis fastest). */
export function reorderToC(
  bytes: Uint8Array,
  shape: readonly number[],
  itemBytes: number,
): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.length);
  const strides = new Array<number>(shape.length);
  let stride = itemBytes;
  for (let axis = 0; axis < shape.length; axis++) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  const index = new Array<number>(shape.length).fill(0);
  let source = 0;
  for (let target = 0; target < bytes.length; target += itemBytes) {
    for (let k = 0; k < itemBytes; k++) out[target + k] = bytes[source + k];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += strides[axis];
      if (++index[axis] < shape[axis]) break;
      source -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

/** Returns the value of each of the 65,536 bit patterns of IEEE half precision. */
export function halfTable(): Float32Array {
  return Float32Array.from({ length: 65536 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
}
