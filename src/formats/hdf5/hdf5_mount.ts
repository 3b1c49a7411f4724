/**
 * Shows a source to the HDF5 library as a file of its own file system. Bytes are read when the library asks for them, so
 * that files larger than memory can be opened.
 *
 * @module
 */
import { type ByteSource, openSource } from "../../host/mod.ts";
import type { Hdf5Library } from "./hdf5.ts";

/** The part of Emscripten's in-memory file system that is replaced. */
interface MemoryNode {
  usedBytes: number;
  stream_ops: object;
}

interface MountPoint {
  mkdirTree(path: string): void;
  writeFile(path: string, data: Uint8Array): void;
  lookupPath(path: string): { readonly node: MemoryNode };
}

interface OpenStream {
  position: number;
}

/** Sources that cannot be read at once are read whole, up to this size. */
const WHOLE_BYTES = 2 ** 30;

/** Mounts `source` under `path`. Throws `RangeError` for one on the web or in a Blob that is too large to hold. */
export async function mountSource(library: Hdf5Library, source: ByteSource, path: string): Promise<void> {
  const { FS } = await library.ready;
  const files = FS as unknown as MountPoint;
  const { readNow, size } = source.readNow ? source : await whole(source);
  if (!readNow) throw new RangeError(`${source.name} cannot be read at random`);
  files.mkdirTree(path.slice(0, path.lastIndexOf("/")));
  files.writeFile(path, new Uint8Array(0));
  const { node } = files.lookupPath(path);
  node.usedBytes = size;
  node.stream_ops = {
    ...node.stream_ops,
    read(_stream: OpenStream, into: Uint8Array, at: number, length: number, position: number): number {
      // the library may ask beyond the end, and its memory may be shared, which files cannot be read into
      const wanted = Math.max(0, Math.min(length, size - position));
      const bytes = new Uint8Array(wanted);
      const read = readNow(position, bytes);
      into.set(bytes.subarray(0, read), at);
      return read;
    },
    llseek(stream: OpenStream, offset: number, whence: number): number {
      return offset + (whence === 1 ? stream.position : whence === 2 ? size : 0);
    },
  };
}

async function whole(source: ByteSource): Promise<ByteSource> {
  if (source.size > WHOLE_BYTES) {
    throw new RangeError(
      `${source.size} bytes that are on the web or in a Blob, at most ${WHOLE_BYTES} can be held`,
    );
  }
  return await openSource(await source.read(0, source.size), { name: source.name });
}
