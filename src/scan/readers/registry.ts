/**
 * The formats of other programs, and who reads which.
 *
 * @module
 */
import { DataError } from "../../common/mod.ts";
import { type Hdf5Reader, isHdf5, openHdf5 } from "../../formats/mod.ts";
import type { ByteSource, SourceLike, SourceOptions } from "../../host/mod.ts";
import type { ReaderHints } from "../hints.ts";
import type { ForeignFile, ForeignScan, ScanReader } from "./foreign.ts";
import { hdf5ByPath } from "./hdf5/by_path.ts";
import { cxi } from "./hdf5/cxi.ts";
import { emd } from "./hdf5/emd.ts";
import { foldSlice } from "./hdf5/fold_slice.ts";
import { hspy } from "./hdf5/hspy.ts";
import { ptychi } from "./hdf5/ptychi.ts";
import { ptychodus } from "./hdf5/ptychodus.ts";
import { ptylab } from "./hdf5/ptylab.ts";
import { ptypy } from "./hdf5/ptypy.ts";
import { empad } from "./raw/empad.ts";
import { mib } from "./raw/mib.ts";
import { npy } from "./raw/npy.ts";
import { tiff } from "./raw/tiff.ts";

/** The readers in the order in which they are asked; any HDF5 is the last of those that read HDF5. */
const READERS: readonly ScanReader[] = [
  cxi,
  ptychodus,
  ptychi,
  foldSlice,
  ptylab,
  ptypy,
  emd,
  hspy,
  hdf5ByPath,
  npy,
  tiff,
  mib,
  empad,
];

/** A scan of another program with its open files. */
export interface OpenedForeign {
  readonly foreign: ForeignScan;
  readonly file: ForeignFile;
  /** Closes all that was opened, the file itself too. */
  close(): Promise<void>;
}

/**
 * Reads a file by the first reader that knows it by its content. Throws `DataError` for a format that none knows; all is
 * closed then.
 */
export async function readForeign(
  source: SourceLike,
  { bytes, hints, ...options }: SourceOptions & { readonly bytes: ByteSource; readonly hints: ReaderHints },
): Promise<OpenedForeign> {
  const opened: Hdf5Reader[] = [];
  const close = async () => {
    for (const file of opened) await file.close();
    await bytes.close();
  };
  try {
    const head = await bytes.read(0, Math.min(8, bytes.size));
    const hdf5 = isHdf5(head) ? await openHdf5(source, options) : undefined;
    if (hdf5) opened.push(hdf5);
    const file = {
      source: bytes,
      hints,
      hdf5,
      async beside(name: string) {
        const there = await openBeside(bytes, name);
        if (there) opened.push(there);
        return there;
      },
    };
    for (const reader of READERS) {
      if (await reader.recognises(file)) return { foreign: await reader.read(file), file, close };
    }
    throw new DataError({
      file: bytes.name,
      found: "a file of no format that is known",
      expected: `NPZ, HDF5 (${READERS.map(({ format }) => format).join(", ")})`,
      remedy: "save the scan as NPZ or CXI",
    });
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens an HDF5 file by its path beside another; undefined where it is not there. */
export async function openBeside({ path }: ByteSource, name: string): Promise<Hdf5Reader | undefined> {
  if (path === undefined) return undefined;
  const place = /^\/|^[A-Za-z]:/.test(name)
    ? name
    : path.startsWith("file:")
    ? new URL(name, path)
    : path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1) + name;
  try {
    return await openHdf5(place);
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}
