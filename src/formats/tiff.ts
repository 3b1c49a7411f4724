/**
 * Float32 TIFF with the size of a pixel, as ImageJ, tifffile and scikit-image read it.
 *
 * Source: TIFF 6.0 (Adobe, 1992), sections 2 and 19 (SampleFormat); the ImageDescription is ImageJ's.
 *
 * @module
 */
import { writeFileAtomic } from "../host/mod.ts";
import { DataError } from "../common/mod.ts";
import type { Plane } from "../numeric/mod.ts";

/** Metadata of the image. */
export interface TiffOptions {
  /** Side of a pixel in metres; unknown without. */
  readonly pixelSizeM?: number;
  /** Further lines of the ImageDescription, `name=value`; ImageJ shows them as image info. */
  readonly description?: Readonly<Record<string, string | number>>;
}

const TYPES = { ascii: 2, short: 3, long: 4, rational: 5 } as const;
const TYPE_BYTES = { ascii: 1, short: 2, long: 4, rational: 8 } as const;

interface Tag {
  readonly id: number;
  readonly type: keyof typeof TYPES;
  readonly values: readonly number[];
}

const HEADER_BYTES = 8;
const NO_UNIT = 1;
const CENTIMETRE = 3;
/** Offsets of classic TIFF have 32 bits. */
const MOST_BYTES = 0xffffffff;

/**
 * The bytes of a TIFF with one page, 32-bit floats, uncompressed. The pixel size stands in XResolution and YResolution
 * in pixels per centimetre, and as `pixel_size_m` in the description. Throws `DataError` above 4 GB.
 */
function encodeTiff(
  { width, height, data }: Plane,
  options: TiffOptions = {},
): Uint8Array<ArrayBuffer> {
  const pixels = width * height;
  const tags = tagsOf({ width, height, bytes: 4 * pixels }, options);
  const tail = encodeDirectory(tags, HEADER_BYTES + 4 * pixels);
  const total = HEADER_BYTES + 4 * pixels + tail.length;
  if (total > MOST_BYTES) {
    throw new DataError({
      file: "tiff image",
      found: `${height} x ${width} pixels`,
      expected: "less than 4 GB, which is all that TIFF can hold",
      remedy: "choose the format h5 or npz",
    });
  }
  const out = new Uint8Array(total);
  const view = new DataView(out.buffer);
  view.setUint16(0, 0x4949); // little endian
  view.setUint16(2, 42, true);
  view.setUint32(4, HEADER_BYTES + 4 * pixels, true);
  for (let i = 0; i < pixels; i++) view.setFloat32(HEADER_BYTES + 4 * i, data[i], true);
  out.set(tail, HEADER_BYTES + 4 * pixels);
  return out;
}

/** Writes {@linkcode encodeTiff}, whole or not at all. */
export async function writeTiff(path: string, image: Plane, options: TiffOptions = {}): Promise<void> {
  await writeFileAtomic(path, encodeTiff(image, options));
}

/** In ascending order, as the standard asks for. */
function tagsOf(
  { width, height, bytes }: { width: number; height: number; bytes: number },
  { pixelSizeM, description = {} }: TiffOptions,
): Tag[] {
  const known = pixelSizeM !== undefined && 0.01 / pixelSizeM < 2 ** 32 - 1;
  const resolution = known ? rational(0.01 / pixelSizeM) : [1, 1];
  const lines = {
    ImageJ: "1.54f",
    images: 1,
    unit: known ? "cm" : "pixel",
    ...description,
    ...(known ? { pixel_size_m: pixelSizeM } : {}),
  };
  const text = Object.entries(lines).map(([name, value]) => `${name}=${value}\n`).join("");
  return [
    { id: 256, type: "long", values: [width] },
    { id: 257, type: "long", values: [height] },
    { id: 258, type: "short", values: [32] }, // bits per sample
    { id: 259, type: "short", values: [1] }, // no compression
    { id: 262, type: "short", values: [1] }, // black is zero
    { id: 270, type: "ascii", values: [...new TextEncoder().encode(text), 0] },
    { id: 273, type: "long", values: [HEADER_BYTES] }, // one strip
    { id: 277, type: "short", values: [1] }, // samples per pixel
    { id: 278, type: "long", values: [height] }, // rows per strip
    { id: 279, type: "long", values: [bytes] },
    { id: 282, type: "rational", values: resolution },
    { id: 283, type: "rational", values: resolution },
    { id: 296, type: "short", values: [known ? CENTIMETRE : NO_UNIT] },
    { id: 339, type: "short", values: [3] }, // floating point
  ];
}

/** Numerator and denominator of 32 bits, as precise as they can be by powers of two. */
function rational(value: number): [number, number] {
  let denominator = 1;
  while (denominator < 2 ** 31 && 2 * denominator * value < 2 ** 32 - 1) denominator *= 2;
  return [Math.round(value * denominator), denominator];
}

/** The directory, with the values that do not fit into its entries behind it. */
function encodeDirectory(tags: readonly Tag[], at: number): Uint8Array {
  const size = 2 + 12 * tags.length + 4;
  const bytesOf = ({ type, values }: Tag) =>
    type === "rational" ? 8 * values.length / 2 : TYPE_BYTES[type] * values.length;
  const even = (bytes: number) => bytes + bytes % 2;
  const outside = tags.reduce((sum, tag) => sum + (bytesOf(tag) > 4 ? even(bytesOf(tag)) : 0), 0);
  const out = new Uint8Array(size + outside);
  const view = new DataView(out.buffer);
  view.setUint16(0, tags.length, true);
  let next = size;
  tags.forEach((tag, i) => {
    const entry = 2 + 12 * i;
    view.setUint16(entry, tag.id, true);
    view.setUint16(entry + 2, TYPES[tag.type], true);
    view.setUint32(entry + 4, bytesOf(tag) / TYPE_BYTES[tag.type], true);
    if (bytesOf(tag) <= 4) return putValues(view, entry + 8, tag);
    view.setUint32(entry + 8, at + next, true);
    putValues(view, next, tag);
    next += even(bytesOf(tag));
  });
  return out;
}

function putValues(view: DataView, at: number, { type, values }: Tag): void {
  values.forEach((value, i) => {
    if (type === "ascii") view.setUint8(at + i, value);
    else if (type === "short") view.setUint16(at + 2 * i, value, true);
    else view.setUint32(at + 4 * i, value, true);
  });
}
