/**
 * A doubt on a scan.
 *
 * @module
 */
import type { OpenScanOptions } from "../types.ts";

/** Something that can be read, but makes a wrong image. */
export interface Doubt {
  /** What was found, and what to do. */
  readonly line: string;
  /** Options of opening that put it right for sure. */
  readonly cure?: Pick<OpenScanOptions, "measurement" | "reading">;
}
