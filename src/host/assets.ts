/**
 * Addresses of the files that are loaded at run time: compiled kernels and worker modules. No other module names an
 * address.
 *
 * @module
 */
import { messageOf } from "../common/mod.ts";
import { files } from "./here.ts";

const THREADS = Object.freeze({
  /** A thread of the wasm device. */
  kernels: new URL("../engine/devices/wasm/worker.ts", import.meta.url),
  /** A thread that reads patterns. */
  patterns: new URL("../scan/reading/reader_worker.ts", import.meta.url),
});

const MODULES = Object.freeze({
  simd: new URL("../../wasm/plica_simd.wasm", import.meta.url),
  relaxed: new URL("../../wasm/plica_relaxed.wasm", import.meta.url),
});

const IMAGE_NETWORK = new URL("../network/image/assets/image_network.npz", import.meta.url);

/** Name of a worker module. */
export type ThreadName = keyof typeof THREADS;

/** The address of a thread's module. */
export function threadAddress(name: ThreadName): URL {
  return THREADS[name];
}

/** The path of a file of this program; undefined where it runs from an address or an executable. */
export function programFile(): string | undefined {
  return import.meta.filename;
}

/**
 * The bytes of a build of the CPU kernels, from a file or from the address that the program was imported from. Throws an
 * `Error` that names the address.
 */
export async function readKernels(build: keyof typeof MODULES): Promise<Uint8Array<ArrayBuffer>> {
  return await readAsset(MODULES[build], "the CPU kernels");
}

/** The bytes of the weights of the image network, an NPZ. Throws as {@linkcode readKernels} does. */
export async function readImageNetworkFile(): Promise<Uint8Array<ArrayBuffer>> {
  return await readAsset(IMAGE_NETWORK, "the image network");
}

/** Reads a file that comes with the program. Throws an `Error` that names `what` it is and its address. */
export async function readAsset(url: URL, what: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    if (url.protocol === "file:") return await files.read(url);
    const response = await fetch(url);
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw new Error(`cannot load ${what} from ${url}: ${messageOf(cause)}`, { cause });
  }
}
