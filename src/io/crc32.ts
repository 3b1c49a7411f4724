/**
 * CRC-32 as zip uses it, fed piece by piece.
 *
 * Source: slicing-by-4 (Kounavis and Berry, ISCC 2005), polynomial 0xEDB88320.
 *
 * @module
 */

/** A running checksum: `update` with each piece, then `value`. */
export class Crc32 {
  readonly #tables = makeTables();
  #crc = 0xffffffff;

  update(bytes: Uint8Array): void {
    const [t0, t1, t2, t3] = this.#tables;
    let crc = this.#crc;
    let i = 0;
    for (const end = bytes.length - 3; i < end; i += 4) {
      crc ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
      crc = t3[crc & 255] ^ t2[(crc >>> 8) & 255] ^ t1[(crc >>> 16) & 255] ^ t0[crc >>> 24];
    }
    for (; i < bytes.length; i++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[i]) & 255];
    this.#crc = crc;
  }

  /** The checksum of everything so far, as an unsigned number. */
  get value(): number {
    return ~this.#crc >>> 0;
  }
}

function makeTables(): Int32Array[] {
  const tables = Array.from({ length: 4 }, () => new Int32Array(256));
  for (let n = 0; n < 256; n++) {
    let crc = n;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    tables[0][n] = crc;
  }
  for (let k = 1; k < 4; k++) {
    for (let n = 0; n < 256; n++) {
      const previous = tables[k - 1][n];
      tables[k][n] = (previous >>> 8) ^ tables[0][previous & 255];
    }
  }
  return tables;
}
