/**
 * The door of `host`.
 *
 * @module
 */
export {
  checkOutputDir,
  type CsvAppender,
  isUnfinished,
  linkAtomic,
  openCsv,
  prepareOutputDir,
  removeUnfinished,
  writeAll,
  writeAtomic,
  writeFileAtomic,
} from "./atomic.ts";
export { sha256Hex, sha256OfSource } from "./hash.ts";
export { type ByteSource, openFileNow, openSource, type SourceLike, type SourceOptions } from "./source.ts";
export { TextCache } from "./text_cache.ts";
export { arrivingFiles, pause, type WatchOptions } from "./watch_folder.ts";
