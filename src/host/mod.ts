/**
 * Interface to the runtime (Deno, Node, a browser): files, temporary store, threads, memory, hashes, small caches,
 * the folders of the user, and the addresses of kernels and worker modules.
 *
 * In go paths, addresses, bytes and Blobs; out come bytes, whole files and claimed folders. Each thing of the system
 * is an interface of a few methods in `host.ts`, with implementations in `deno/`, `node/` and `web/`; `here.ts` chooses
 * when the program starts. No other wing names a runtime. Called by every wing that reads, writes or
 * computes in threads; imports `common` alone.
 *
 * @module
 */
export { programFile, readAsset, readImageNetworkFile, readKernels } from "./assets.ts";
export { isUnfinished, linkAtomic, removeUnfinished, writeAtomic, writeFileAtomic } from "./atomic.ts";
export { type CsvAppender, openCsv } from "./csv.ts";
export { builtin } from "./node/builtin.ts";
export {
  copyFile,
  createExclusive,
  factsOf,
  filesBelow,
  freeBytes,
  linkTo,
  makeFolder,
  namesIn,
  openAppending,
  readTail,
  readTextIfThere,
  realPath,
  removeAll,
  renamePath,
} from "./node/folders.ts";
export {
  isAlive,
  machineSize,
  outputOf,
  ownProcess,
  ownUsage,
  type ProcessEnd,
  type ProcessId,
  processId,
  type ProcessUsage,
  runProcess,
  signalGroup,
  startProcess,
} from "./node/processes.ts";
export { base64, bytesOfBase64, sha256Hex, sha256OfSource } from "./hash.ts";
export {
  cacheFolder,
  exists,
  files,
  isFile,
  isFolder,
  isMissing,
  machine,
  openTemporary,
  systemCode,
} from "./here.ts";
export type { ProcessLimits, TemporaryStore, Thread, WritableFile } from "./host.ts";
export {
  checkFreeSpace,
  checkOutputDir,
  claimOutputDir,
  claimOutputFile,
  type OutputClaim,
  prepareOutputDir,
} from "./output_folder.ts";
export { type ByteSource, openSource, type SourceLike, type SourceOptions } from "./source.ts";
export { TextCache } from "./text_cache.ts";
export { cores, sharingThreads, startThread, threadScope } from "./threads.ts";
export { arrivingFiles, type WatchOptions } from "./watch_folder.ts";
