/**
 * Interfaces to the runtime. Each has an implementation for Deno, Node and browsers, in `deno/`, `node/` and `web/`.
 *
 * Errors of the system carry their POSIX name in `code` (`ENOENT`, `EEXIST`, ...), as those of Deno and Node do.
 *
 * @module
 */

/** Metadata of a path, read without opening the file. */
export interface FileFacts {
  readonly isFile: boolean;
  readonly isFolder: boolean;
  readonly size: number;
  /** Time of the last change, in milliseconds since 1970; NaN if unknown. */
  readonly changedMs: number;
}

/** A file that is open for writing. */
export interface WritableFile {
  /** Writes all bytes after those written before. */
  write(bytes: Uint8Array): Promise<void>;
  size(): Promise<number>;
  truncate(size: number): Promise<void>;
  /** Resolves when what was written is on the disk. */
  sync(): Promise<void>;
  close(): void;
}

/** A file that is open for reading. Reads may overlap in time. */
export interface ReadableFile {
  readonly size: number;
  /** Fills `into` from `offset` on; resolves to fewer bytes only where the file ends. */
  read(offset: number, into: Uint8Array): Promise<number>;
  close(): void;
}

/** A file that is read on this thread, without the event loop. In a browser only a worker can do so (Blob, OPFS). */
export interface ReadableFileNow extends Disposable {
  /** Fills `into` from `offset` on; fewer bytes only where the file ends. */
  read(offset: number, into: Uint8Array): number;
}

/** A lock on a file; the system gives it back when its process ends, however that happens. */
export interface FileLock {
  /** Content left by a previous holder that did not release the lock. Empty if it was released. */
  readonly left: string;
  /** Removes the file and gives the lock back. */
  release(): Promise<void>;
}

/** Why a file cannot be locked: the text that its holder wrote into it, or that this file system has no locks. */
export type LockRefusal = { readonly heldBy: string } | { readonly unsupported: string };

/** Files by path. */
export interface Files {
  /** Undefined where there is nothing of that name. */
  stat(path: string | URL): Promise<FileFacts | undefined>;
  list(folder: string): AsyncIterable<{ readonly name: string; readonly isFile: boolean }>;
  read(path: string | URL): Promise<Uint8Array<ArrayBuffer>>;
  readText(path: string): Promise<string>;
  /** Rejects with `ENOENT` where there is none; the caller has seen that it is a regular file. */
  open(path: string | URL): Promise<ReadableFile>;
  openNow(path: string): ReadableFileNow;
  /** A file of a new name. Rejects with `EEXIST` where the name is taken. */
  create(path: string): Promise<WritableFile>;
  /** A file that is there, written at its end. */
  append(path: string): Promise<WritableFile>;
  makeFolder(path: string): Promise<void>;
  /** Removes a file, an empty folder, or with `recursive` a folder with what is in it. */
  remove(path: string, options?: { readonly recursive?: boolean }): Promise<void>;
  /** Gives a file another name, replacing what had that name at once. */
  rename(from: string, to: string): Promise<void>;
  /** Gives a file a second name that is free: a link, or a copy where there are no links. */
  link(from: string, to: string): Promise<void>;
  /** Locks the file, which is made where it is missing, and writes `text` into it. */
  lock(path: string, text: string): Promise<FileLock | LockRefusal>;
  /** Returns the bytes that can be written into a folder; Infinity if unknown. */
  freeBytes(folder: string): Promise<number>;
}

/** Bytes that outlive no process: a file without a name where the system can, read and written on this thread. */
export interface TemporaryStore extends Disposable {
  /** For messages. */
  readonly name: string;
  write(offset: number, bytes: Uint8Array): void;
  /** Fills `into`; throws `RangeError` where so much was not written. */
  read(offset: number, into: Uint8Array): void;
}

/** Another thread, as the one that started it sees it. Its module is in `ASSETS`. */
export interface Thread {
  onmessage: ((event: MessageEvent) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(message: unknown, transfer?: Transferable[]): void;
  terminate(): void;
}

/** A thread, as its own module sees it. */
export interface ThreadScope<In, Out> {
  onmessage: ((event: MessageEvent<In>) => void) | null;
  postMessage(message: Out, transfer?: Transferable[]): void;
  close(): void;
}

/** A SHA-256 that grows. */
export interface GrowingHash {
  update(bytes: Uint8Array): void;
  /** In lower-case hexadecimal. */
  hex(): Promise<string>;
}

/** Limits that the system sets on this process; Infinity where there is none. */
export interface ProcessLimits {
  readonly addressSpaceBytes: number;
  readonly openFiles: number;
}

/** The machine and the process. */
export interface Machine {
  /** Name and version of what runs the program, such as `Deno 2.9.6`. */
  readonly runtime: {
    readonly name: string;
    readonly version: string;
    readonly os: string;
    readonly arch: string;
  };
  /** Names this process among those of all machines. */
  readonly process: { readonly host: string; readonly pid: number };
  /** Returns the bytes of free memory; Infinity if unknown. */
  freeMemory(): number;
  /** A variable of the environment. */
  environment(name: string): string | undefined;
  limits(): Promise<ProcessLimits>;
  /** Output of a program; undefined where it fails or is not there. */
  output(program: string, args: readonly string[]): Promise<string | undefined>;
}

/** A place that the library runs in. */
export interface Host {
  readonly files: Files;
  /** Undefined where there is no disk to use: memory has to do. */
  openTemporary(prefix: string): TemporaryStore | undefined;
  openHash(): Promise<GrowingHash>;
  readonly machine: Machine;
  startThread(address: URL): Thread;
  /** Returns the scope of this thread, to be asked for by the modules of threads alone. */
  threadScope<In, Out>(): ThreadScope<In, Out>;
  /** True where threads share memory: everywhere but in a page that is not isolated. */
  readonly sharesMemory: boolean;
}
