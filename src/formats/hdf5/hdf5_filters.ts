/**
 * Compression of HDF5 beyond what the library has built in, loaded by filter id when a dataset needs it.
 *
 * @module
 */
import { DataError, messageOf } from "../../common/mod.ts";
import { readAsset } from "../../host/mod.ts";
import type { Hdf5Library } from "./hdf5.ts";

/** Filters of the registered ids and the plugin that has each. */
const PLUGINS: ReadonlyMap<number, string> = new Map([
  [307, "bz2"],
  [32000, "lzf"],
  [32001, "blosc"],
  [32004, "lz4"],
  [32008, "bshuf"],
  [32013, "zfp"],
  [32015, "zstd"],
  [32026, "blosc2"],
]);

/** Deflate, shuffle, fletcher32, szip, nbit and scale-offset are in the library. */
const BUILT_IN = 6;

/** A filter of a dataset, as the library reports it. */
export interface Hdf5Filter {
  readonly id: number;
  readonly name: string;
}

/**
 * Makes sure that the library can undo these filters. Throws `DataError` for one that nobody here knows, or whose plugin
 * cannot be loaded: without it the library would hand out the packed bytes as numbers.
 */
export async function loadFilters(
  { ready }: Hdf5Library,
  filters: readonly Hdf5Filter[],
  { file, key }: { readonly file: string; readonly key: string },
): Promise<void> {
  const { FS, get_plugin_search_paths } = await ready;
  for (const { id, name } of filters) {
    if (id <= BUILT_IN) continue;
    const plugin = PLUGINS.get(id);
    const refuse = (found: string, remedy: string, cause?: unknown) =>
      new DataError({ file, key, found, expected: "a compression that can be undone", remedy, cause });
    if (plugin === undefined) {
      throw refuse(
        `filter ${id} (${name || "without a name"})`,
        "save it with gzip, lz4, zstd, blosc or none",
      );
    }
    const folder = get_plugin_search_paths()[0];
    const path = `${folder}/libH5Z${plugin}.so`;
    if (FS.analyzePath(path).exists) continue;
    try {
      const { base_url } = await import("../../deps/h5wasm_plugins.ts");
      const code = await readAsset(new URL(`${base_url}/plugins/libH5Z${plugin}.so`), "the filter");
      FS.mkdirTree(folder);
      FS.writeFile(path, code);
    } catch (cause) {
      throw refuse(
        `filter ${id} (${plugin}), whose plugin cannot be loaded: ${messageOf(cause)}`,
        "install the package h5wasm-plugins, or save the data with gzip",
        cause,
      );
    }
  }
}
