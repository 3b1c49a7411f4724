/**
 * Patterns alone as TIFF: a stack of pages, or a series of files with numbers in their names, of which one is named.
 * Positions come from elsewhere.
 *
 * @module
 */
import { DataError } from "../../../common/mod.ts";
import { isTiff, openTiff, type TiffPages, toFloat64 } from "../../../formats/mod.ts";
import { type ByteSource, files, openSource } from "../../../host/mod.ts";
import type { ForeignScan, Frames, ScanReader } from "../foreign.ts";

/** TIFF. */
export const tiff: ScanReader = {
  format: "TIFF",
  async recognises({ source }) {
    return isTiff(await source.read(0, Math.min(4, source.size)));
  },
  async read({ source }): Promise<ForeignScan> {
    const stack = await openTiff(source);
    const series = stack.pages === 1 ? await seriesOf(source) : [];
    const frames = series.length > 1 ? filesAsFrames(series, stack) : pagesAsFrames(stack);
    const note = series.length > 1 ? `a series of ${series.length} files` : `a stack of ${stack.pages} pages`;
    return { format: "TIFF", frames, exposure: {}, notes: [note] };
  },
};

function pagesAsFrames(stack: TiffPages): Frames {
  const { pages, height, width, dtype } = stack;
  return {
    ...{ n: pages, height, width, dtype },
    async read(first, count) {
      const data = new Float64Array(count * height * width);
      for (let k = 0; k < count; k++) {
        data.set(toFloat64(await stack.readPage(first + k)), k * height * width);
      }
      return { dtype: "float64", shape: [count, height, width], data };
    },
  };
}

/** Each file is opened when its frame is asked for: a scan has more of them than a process may hold open. */
function filesAsFrames(paths: readonly string[], { height, width, dtype }: TiffPages): Frames {
  return {
    ...{ n: paths.length, height, width, dtype },
    async read(first, count) {
      const data = new Float64Array(count * height * width);
      for (let k = 0; k < count; k++) {
        data.set(await frameOf(paths[first + k], { height, width }), k * height * width);
      }
      return { dtype: "float64", shape: [count, height, width], data };
    },
  };
}

async function frameOf(
  path: string,
  { height, width }: { readonly height: number; readonly width: number },
): Promise<Float64Array> {
  const source = await openSource(path);
  try {
    const page = await openTiff(source);
    if (page.pages === 1 && page.height === height && page.width === width) {
      return toFloat64(await page.readPage(0));
    }
    throw new DataError({
      file: path,
      found: `${page.pages} pages of ${page.height} x ${page.width}`,
      expected: `one of ${height} x ${width}, as the others of the series`,
      remedy: "keep other images in another folder",
    });
  } finally {
    await source.close();
  }
}

/** The files beside this one whose names differ in their last number alone, by that number. */
async function seriesOf({ path }: ByteSource): Promise<string[]> {
  if (path === undefined || path.startsWith("file:")) return [];
  const at = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1;
  const parts = /^(.*?)(\d+)(\D*)$/.exec(path.slice(at));
  if (!parts) return [];
  const [, before, , after] = parts;
  const found: { readonly name: string; readonly number: number }[] = [];
  for await (const { name, isFile } of files.list(path.slice(0, at) || ".")) {
    const number = name.slice(before.length, name.length - after.length);
    if (isFile && name.startsWith(before) && name.endsWith(after) && /^\d+$/.test(number)) {
      found.push({ name, number: Number(number) });
    }
  }
  return found.sort((a, b) => a.number - b.number).map(({ name }) => path.slice(0, at) + name);
}
