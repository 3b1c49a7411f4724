/**
 * A thread that reads patterns: opens the file by itself, and answers with float32 patterns in the domain asked for.
 *
 * @module
 */
import { files, threadScope } from "../../host/mod.ts";
import { DataError, type DataErrorParts, messageOf } from "../../common/mod.ts";
import { readRowsNow, type RowLayout } from "../../formats/mod.ts";

import { convertDomain } from "./domain.ts";
import type { Measurement } from "../types.ts";

/** First message to a reader thread. */
export interface ReaderStart {
  readonly layout: RowLayout & { readonly path: string };
  readonly stored: Measurement;
}

/** Patterns to read. */
export interface ReadRequest {
  readonly number: number;
  readonly indices: Int32Array;
  readonly as: Measurement;
}

/** The patterns of a request, or why there are none. */
export interface ReadAnswer {
  readonly number: number;
  readonly patterns?: Float32Array;
  readonly error?: string;
  /** The parts of a `DataError`, which does not travel as one. */
  readonly fault?: DataErrorParts;
}

const scope = threadScope<ReaderStart | ReadRequest, ReadAnswer>();

scope.onmessage = ({ data: start }) => {
  if (!("layout" in start)) return;
  const { layout, stored } = start;
  let file: ReturnType<typeof files.openNow> | undefined;
  scope.onmessage = ({ data: request }) => {
    if (!("indices" in request)) return;
    const { number, indices, as } = request;
    try {
      const opened = file ??= files.openNow(layout.path);
      const patterns = new Float32Array(indices.length * layout.rowBytes / layout.header.itemBytes);
      readRowsNow((offset, into) => opened.read(offset, into), { layout, indices, out: patterns });
      convertDomain(patterns, { from: stored, to: as });
      scope.postMessage({ number, patterns }, [patterns.buffer]);
    } catch (error) {
      scope.postMessage({ number, error: messageOf(error), fault: partsOf(error) }, []);
    }
  };
};

function partsOf(error: unknown): DataErrorParts | undefined {
  if (!(error instanceof DataError)) return undefined;
  const { file, key, found, expected, remedy } = error;
  return { file, key, found, expected, remedy };
}
