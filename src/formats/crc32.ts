/**
 * CRC-32 as zip and PNG use it, and CRC-32C as TFRecord uses it, fed piece by piece.
 *
 * Source: slicing-by-8 (Kounavis and Berry, ISCC 2005).
 *
 * @module
 */

/** Polynomials, bits reversed: of zip (IEEE 802.3), and of Castagnoli (RFC 3720). */
export const CRC_POLYNOMIALS = Object.freeze({ zip: 0xedb88320, castagnoli: 0x82f63b78 });

/** A running checksum: `update` with each piece, then `value`. */
export class Crc32 {
  readonly #tables: readonly Int32Array[];
  #crc = 0xffffffff;

  constructor(polynomial: number = CRC_POLYNOMIALS.zip) {
    this.#tables = makeTables(polynomial);
  }

  /** The checksum of `bytes` alone; what was fed before is forgotten. */
  of(bytes: Uint8Array): number {
    this.#crc = 0xffffffff;
    this.update(bytes);
    return this.value;
  }

  update(bytes: Uint8Array): void {
    const [t0, t1, t2, t3, t4, t5, t6, t7] = this.#tables;
    let crc = this.#crc;
    let i = 0;
    for (const end = bytes.length - 7; i < end; i += 8) {
      crc ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
      crc = t7[crc & 255] ^ t6[(crc >>> 8) & 255] ^ t5[(crc >>> 16) & 255] ^ t4[crc >>> 24] ^
        t3[bytes[i + 4]] ^ t2[bytes[i + 5]] ^ t1[bytes[i + 6]] ^ t0[bytes[i + 7]];
    }
    for (; i < bytes.length; i++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[i]) & 255];
    this.#crc = crc;
  }

  /** The checksum of everything so far, as an unsigned number. */
  get value(): number {
    return ~this.#crc >>> 0;
  }
}

function makeTables(polynomial: number): Int32Array[] {
  const tables = Array.from({ length: 8 }, () => new Int32Array(256));
  for (let n = 0; n < 256; n++) {
    let crc = n;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    tables[0][n] = crc;
  }
  for (let k = 1; k < 8; k++) {
    for (let n = 0; n < 256; n++) {
      const previous = tables[k - 1][n];
      tables[k][n] = (previous >>> 8) ^ tables[0][previous & 255];
    }
  }
  return tables;
}
