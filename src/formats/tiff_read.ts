/**
 * Grey TIFF images of any depth and compression that `geotiff` knows, read page by page.
 *
 * @module
 */
import { DataError, describeShape, messageOf } from "../common/mod.ts";
import type { ByteSource } from "../host/mod.ts";
import type { GeoTIFF, GeoTIFFImage } from "../deps/geotiff.ts";
import type { NpyArray, NpyDType } from "./npy/npy.ts";

/** II or MM with the number of TIFF, 42, or of BigTIFF, 43. */
const HEADS = [[0x49, 0x49, 42, 0], [0x49, 0x49, 43, 0], [0x4d, 0x4d, 0, 42], [0x4d, 0x4d, 0, 43]];
/** Kinds by the number of the tag SampleFormat. */
const KINDS: Readonly<Record<number, string>> = { 1: "uint", 2: "int", 3: "float" };
const DTYPES: readonly NpyDType[] = [
  "uint8",
  "uint16",
  "uint32",
  "int8",
  "int16",
  "int32",
  "float32",
  "float64",
];

/** Pages of one size. */
export interface TiffPages {
  readonly pages: number;
  readonly height: number;
  readonly width: number;
  readonly dtype: NpyDType;
  /** One page, (height, width). Throws `DataError` for a page of another size or type, and for a damaged one. */
  readPage(page: number): Promise<NpyArray>;
}

/** True for a TIFF, by its first bytes. */
export function isTiff(head: Uint8Array): boolean {
  return HEADS.some((known) => known.every((byte, k) => head[k] === byte));
}

/** Opens a TIFF. Throws `DataError` for colours, for other depths than 8, 16, 32 and 64, and for a damaged file. */
export async function openTiff(source: ByteSource): Promise<TiffPages> {
  const file = await attempt(source, async () => {
    const { GeoTIFF } = await import("../deps/geotiff.ts");
    return await GeoTIFF.fromSource(sourceOf(source));
  });
  const pages = await attempt(source, () => file.getImageCount());
  const first = await pageOf(source, file, 0);
  const about = aboutOf(first), dtype = DTYPES.find((name) => name === about.dtype);
  if (first.getSamplesPerPixel() !== 1 || !dtype) {
    throw new DataError({
      file: source.name,
      found: `${first.getSamplesPerPixel()} values of ${about.dtype} for a pixel`,
      expected: `one, of ${DTYPES.join(", ")}`,
      remedy: "save grey images",
    });
  }
  return {
    ...{ pages, height: about.height, width: about.width, dtype },
    async readPage(page) {
      const image = await pageOf(source, file, page);
      const own = aboutOf(image);
      if (own.height !== about.height || own.width !== about.width || own.dtype !== dtype) {
        throw new DataError({
          file: source.name,
          key: `page ${page}`,
          found: `${own.dtype} of ${own.height} x ${own.width}`,
          expected: `${dtype} of ${about.height} x ${about.width}, as the first page`,
          remedy: "keep other images in another file",
        });
      }
      const values = await attempt(source, () => image.readRasters({ interleave: true }));
      const data = values as unknown as NpyArray["data"];
      if (data.length !== own.height * own.width) {
        throw damaged(
          source,
          `${data.length} values in page ${page} of ${describeShape([own.height, own.width])}`,
        );
      }
      return { dtype, shape: [own.height, own.width], data };
    },
  };
}

const pageOf = (source: ByteSource, file: GeoTIFF, page: number): Promise<GeoTIFFImage> =>
  attempt(source, () => file.getImage(page));

function aboutOf(image: GeoTIFFImage) {
  const dtype = `${KINDS[image.getSampleFormat() || 1] ?? "values"}${image.getBitsPerSample()}`;
  return { height: image.getHeight(), width: image.getWidth(), dtype };
}

interface Slice {
  readonly offset: number;
  readonly length: number;
}

/** What `geotiff` asks of a source: parts of it, each in a buffer of its own. */
function sourceOf(source: ByteSource) {
  const part = async ({ offset, length }: Slice): Promise<ArrayBuffer> => {
    const rest = Math.max(0, source.size - offset);
    return new Uint8Array(await source.read(offset, Math.min(length, rest))).buffer;
  };
  return {
    fileSize: source.size,
    fetch: (slices: readonly Slice[]) => Promise.all(slices.map(part)),
    fetchSlice: async (slice: Slice) => ({ ...slice, data: await part(slice) }),
    close: () => Promise.resolve(),
  };
}

/** The decoder's errors, which name no file, as ours. */
async function attempt<T>(source: ByteSource, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw damaged(source, messageOf(error).split("\n")[0].slice(0, 200));
  }
}

function damaged({ name }: ByteSource, found: string): DataError {
  return new DataError({ file: name, found, expected: "a whole TIFF", remedy: "write it again" });
}
