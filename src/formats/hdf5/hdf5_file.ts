/**
 * HDF5 files at random access: what is in them, single values, and rows of datasets, read when they are asked for.
 * Compressed datasets are read by their filters; external links are followed to the files beside.
 *
 * @module
 */
import { DataError, describeOthers, describeShape, fileName, messageOf } from "../../common/mod.ts";
import { type ByteSource, openSource, type SourceLike, type SourceOptions } from "../../host/mod.ts";
import { type Hdf5File, type Hdf5Library, innermostReason } from "./hdf5.ts";
import { countOf, decodeNpyBody, type NpyArray, type NpyDType } from "../npy/npy.ts";
import { loadFilters } from "./hdf5_filters.ts";
import { mountSource } from "./hdf5_mount.ts";
import { elementOf, type Hdf5Element } from "./hdf5_types.ts";

/** A dataset of an open file. */
export interface Hdf5Dataset {
  /** From the root, `/entry/data/data`. */
  readonly path: string;
  /** Undefined for types that are no numbers, text or complex numbers. */
  readonly dtype: NpyDType | undefined;
  readonly shape: readonly number[];
  /** Bytes of the elements. */
  readonly bytes: number;
}

/** A value of an attribute. */
export type AttributeValue = string | number | readonly number[] | readonly string[];

/** An open HDF5 file. Close it, or `await using`. */
export interface Hdf5Reader extends AsyncDisposable {
  readonly file: string;
  readonly source: ByteSource;
  /** All datasets, at most 65,536. External links are followed; a file that is missing is no dataset. */
  datasets(): Promise<readonly Hdf5Dataset[]>;
  /** Names in a group; empty where there is none. */
  names(group: string): Promise<readonly string[]>;
  /** The dataset at a path, or undefined. Throws `DataError` for a link to a file that is not there. */
  find(path: string): Promise<Hdf5Dataset | undefined>;
  /** The whole dataset. Throws `DataError` for more than `atMost` bytes. Default 256 MiB. */
  read(path: string, options?: { readonly atMost?: number }): Promise<NpyArray>;
  /** `count` rows along the first axis from `first` on. */
  readRows(path: string, range: { readonly first: number; readonly count: number }): Promise<NpyArray>;
  /** Attributes of a group or dataset that are text or numbers. */
  attributes(path: string): Promise<ReadonlyMap<string, AttributeValue>>;
  close(): Promise<void>;
}

const MAX_DATASETS = 65536;
const MAX_DEPTH = 64;
const MAX_READ_BYTES = 1 << 28;

const HEAD = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** True for an HDF5 file, by its first bytes. */
export function isHdf5(head: Uint8Array): boolean {
  return HEAD.every((byte, i) => head[i] === byte);
}

/** Opens a file. Throws `DataError` where it is no HDF5, or damaged. */
export async function openHdf5(source: SourceLike, options: SourceOptions = {}): Promise<Hdf5Reader> {
  const bytes = await openSource(source, options);
  const library = await import("../../deps/h5wasm.ts");
  const folder = `/plica/${crypto.randomUUID()}`;
  try {
    (await library.ready).activate_throwing_error_handler();
    const path = `${folder}/${fileName(bytes.name) || "file"}`;
    await mountSource(library, bytes, path);
    const file = new library.File(path, "r");
    if (file.file_id < 0n) throw new Error("the HDF5 library cannot open it");
    return new OpenHdf5(library, file, { source: bytes, folder });
  } catch (error) {
    await bytes.close();
    throw error instanceof DataError ? error : unreadable(bytes.name, undefined, error);
  }
}

class OpenHdf5 implements Hdf5Reader {
  readonly file: string;
  readonly source: ByteSource;
  readonly #folder: string;
  readonly #linked = new Map<string, ByteSource>();
  #datasets: Promise<readonly Hdf5Dataset[]> | undefined;

  constructor(
    private readonly library: Hdf5Library,
    private readonly root: Hdf5File,
    { source, folder }: { readonly source: ByteSource; readonly folder: string },
  ) {
    this.file = source.name;
    this.source = source;
    this.#folder = folder;
  }

  datasets(): Promise<readonly Hdf5Dataset[]> {
    return this.#datasets ??= this.#walk();
  }

  async names(group: string): Promise<readonly string[]> {
    const item = await this.#item(group);
    return item instanceof this.library.Group ? this.#safely(group, () => item.keys()) : [];
  }

  async find(path: string): Promise<Hdf5Dataset | undefined> {
    const item = await this.#item(path);
    return item instanceof this.library.Dataset ? this.#describe(path, item) : undefined;
  }

  async read(path: string, { atMost = MAX_READ_BYTES } = {}): Promise<NpyArray> {
    const { shape, bytes } = await this.#known(path);
    if (bytes > atMost) {
      throw this.#refuse(
        path,
        `${bytes} bytes of values`,
        `at most ${atMost}`,
        "check that this is the right dataset",
      );
    }
    return await this.#values(path, { start: shape.map(() => 0), count: [...shape] });
  }

  async readRows(
    path: string,
    { first, count }: { readonly first: number; readonly count: number },
  ): Promise<NpyArray> {
    const { shape } = await this.#known(path);
    if (shape.length === 0 || !(first >= 0 && count >= 0 && first + count <= shape[0])) {
      throw new RangeError(
        `${path} of shape ${describeShape(shape)} has no rows ${first} to ${first + count}`,
      );
    }
    return await this.#values(path, {
      start: [first, ...shape.slice(1).map(() => 0)],
      count: [count, ...shape.slice(1)],
    });
  }

  async attributes(path: string): Promise<ReadonlyMap<string, AttributeValue>> {
    const item = await this.#item(path);
    const found = new Map<string, AttributeValue>();
    if (!item || !("attrs" in item)) return found;
    for (const [name, attribute] of Object.entries(this.#safely(path, () => item.attrs))) {
      const value = attributeValue(this.#safely(`${path}@${name}`, () => attribute.value));
      if (value !== undefined) found.set(name, value);
    }
    return found;
  }

  async close(): Promise<void> {
    if (this.root.file_id >= 0n) this.root.close();
    const { FS } = await this.library.ready;
    for (const path of [...this.#linked.keys(), this.root.filename]) {
      if (FS.analyzePath(path).exists) FS.unlink(path);
    }
    for (const source of [...this.#linked.values(), this.source]) await source.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #walk(): Promise<readonly Hdf5Dataset[]> {
    const found: Hdf5Dataset[] = [];
    const open = [{ path: "/", depth: 0 }];
    for (let group = open.pop(); group; group = open.pop()) {
      for (const name of await this.names(group.path)) {
        const path = `${group.path === "/" ? "" : group.path}/${name}`;
        const item = await this.#item(path, { missing: "skip" });
        if (item instanceof this.library.Group && group.depth < MAX_DEPTH) {
          open.push({ path, depth: group.depth + 1 });
        }
        if (item instanceof this.library.Dataset) found.push(this.#describe(path, item));
        if (found.length + open.length > MAX_DATASETS) {
          throw this.#refuse(
            undefined,
            `more than ${MAX_DATASETS} datasets`,
            "fewer",
            "name the datasets by path",
          );
        }
      }
    }
    return found;
  }

  /** What is at a path; links to other files on the way are followed. */
  async #item(path: string, { missing = "throw" }: { readonly missing?: "throw" | "skip" } = {}) {
    const parts = path.split("/").filter(Boolean);
    let item: ReturnType<Hdf5File["get"]> = this.root;
    for (let depth = 1; depth <= parts.length; depth++) {
      const at = `/${parts.slice(0, depth).join("/")}`;
      item = this.#safely(at, () => this.root.get(at));
      if (item instanceof this.library.ExternalLink) {
        if (!await this.#mount(item.filename)) {
          if (missing === "skip") return null;
          const remedy = "put the file beside this one under its name";
          throw this.#refuse(
            at,
            `a link to ${item.filename}, which is not there`,
            "a file beside this one",
            remedy,
          );
        }
        item = this.#safely(at, () => this.root.get(at));
      }
      if (item === null) return null;
    }
    return item;
  }

  /** Mounts a file beside this one; false where it is not there. */
  async #mount(filename: string): Promise<boolean> {
    const relative = filename.startsWith("/") ? filename.slice(filename.lastIndexOf("/") + 1) : filename;
    const path = `${this.#folder}/${relative}`;
    if (this.#linked.has(path)) return false; // it is there, but not what the link names
    const { path: own } = this.source;
    if (own === undefined) return false;
    const place = own.startsWith("file:")
      ? new URL(relative, own)
      : own.slice(0, Math.max(own.lastIndexOf("/"), own.lastIndexOf("\\")) + 1) + relative;
    try {
      const source = await openSource(place);
      this.#linked.set(path, source);
      await mountSource(this.library, source, path);
      return true;
    } catch (error) {
      if (error instanceof DataError) return false;
      throw error;
    }
  }

  async #known(path: string): Promise<Hdf5Dataset> {
    const dataset = await this.find(path);
    if (dataset) return dataset;
    const others = (await this.datasets()).map((one) => one.path);
    throw this.#refuse(
      path,
      describeOthers(others, "datasets"),
      "a dataset of this name",
      "name another path",
    );
  }

  #describe(path: string, item: InstanceType<Hdf5Library["Dataset"]>): Hdf5Dataset {
    const { metadata } = item;
    const shape = metadata.shape ?? [0];
    return { path, dtype: elementOf(metadata)?.dtype, shape, bytes: metadata.size * countOf(shape) };
  }

  async #values(
    path: string,
    { start, count }: { readonly start: readonly number[]; readonly count: readonly number[] },
  ): Promise<NpyArray> {
    const item = await this.#item(path);
    if (!(item instanceof this.library.Dataset)) {
      throw this.#refuse(path, "no dataset", "a dataset", "name another path");
    }
    const { metadata } = item;
    const element = elementOf(metadata);
    if (!element) {
      const remedy = "name another dataset";
      throw this.#refuse(
        path,
        "elements of a type that is not known",
        "numbers, complex numbers or text",
        remedy,
      );
    }
    await loadFilters(this.library, this.#safely(path, () => item.filters), { file: this.file, key: path });
    if (element.dtype === "string") {
      return { dtype: "string", shape: [...count], data: this.#texts(path, item) };
    }
    const header = { ...element, shape: count, fortranOrder: false, dataOffset: 0 };
    const bytes = await this.#bytes(path, { item, start, count, element });
    return { dtype: element.dtype, shape: [...count], data: decodeNpyBody(header, bytes) };
  }

  #texts(path: string, item: InstanceType<Hdf5Library["Dataset"]>): string[] {
    const value = this.#safely(path, () => item.value);
    return Array.isArray(value) ? value.map(String) : [String(value ?? "")];
  }

  /** Elements as they are in the file, from the memory of the library. */
  async #bytes(
    path: string,
    { item, start, count, element }: {
      readonly item: InstanceType<Hdf5Library["Dataset"]>;
      readonly start: readonly number[];
      readonly count: readonly number[];
      readonly element: Hdf5Element;
    },
  ): Promise<Uint8Array> {
    const module = await this.library.ready;
    const length = countOf(count) * element.itemBytes;
    if (length === 0) return new Uint8Array(0);
    return this.#safely(path, () => {
      const pointer = module._malloc(length);
      if (pointer === 0) throw new Error(`no room for ${length} bytes`);
      try {
        const big = (values: readonly number[]) => values.map(BigInt);
        const ones = count.map(() => 1n);
        const scalar = count.length === 0;
        module.get_dataset_data(
          item.file_id,
          item.path,
          scalar ? null : big(count),
          scalar ? null : big(start),
          scalar ? null : ones,
          BigInt(pointer),
        );
        return module.HEAPU8.slice(Number(pointer), Number(pointer) + length);
      } finally {
        module._free(pointer);
      }
    });
  }

  #safely<Result>(key: string, work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw error instanceof DataError ? error : unreadable(this.file, key, error);
    }
  }

  #refuse(key: string | undefined, found: string, expected: string, remedy: string): DataError {
    return new DataError({ file: this.file, key, found, expected, remedy });
  }
}

function unreadable(file: string, key: string | undefined, cause: unknown): DataError {
  return new DataError({
    file,
    key,
    found: `no readable HDF5 (${innermostReason(cause) || messageOf(cause)})`,
    expected: "an intact HDF5 file",
    remedy: "copy or write the file again",
    cause,
  });
}

function attributeValue(value: unknown): AttributeValue | undefined {
  if (typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "bigint" || typeof value === "boolean") return Number(value);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const numbers = Array.from(value as Float64Array, Number);
    return numbers.length === 1 ? numbers[0] : numbers;
  }
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) {
    return value.length === 1 ? value[0] : value;
  }
  return undefined;
}
