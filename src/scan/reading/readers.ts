/**
 * Threads that read patterns while this one computes. They read and convert exactly as this one would, so results do
 * not depend on how many there are.
 *
 * @module
 */
import { startThread, type Thread } from "../../host/mod.ts";
import { DataError } from "../../common/mod.ts";
import type { RowLayout } from "../../formats/mod.ts";
import type { ReadAnswer, ReaderStart, ReadRequest } from "./reader_worker.ts";
import type { Measurement } from "../types.ts";

/** A file of patterns and how many threads read it. */
export interface ReaderOptions {
  readonly layout: RowLayout & { readonly path: string };
  readonly stored: Measurement;
  /** At least 1. */
  readonly workers: number;
}

interface Waiting {
  readonly resolve: (patterns: Float32Array) => void;
  readonly reject: (reason: Error) => void;
  readonly worker: Thread;
}

/** Threads over one file. They start with the first request and end with `close`. */
export class PatternReaders {
  readonly #waiting = new Map<number, Waiting>();
  #workers: Thread[] | undefined;
  #next = 0;
  #closed = false;

  constructor(private readonly options: ReaderOptions) {}

  /** Patterns [indices, N, N]; requests go to the threads in turn. Throws `DataError` where the file ends early. */
  read(indices: ArrayLike<number>, as: Measurement): Promise<Float32Array> {
    if (this.#closed) return Promise.reject(new Error(`${this.options.layout.file} is closed`));
    const workers = this.#workers ??= Array.from({ length: this.options.workers }, () => this.#start());
    const number = this.#next++;
    const worker = workers[number % workers.length];
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject, worker });
      worker.postMessage({ number, indices: Int32Array.from(indices), as } satisfies ReadRequest);
    });
  }

  /** Ends the threads; requests in flight fail. */
  close(): void {
    this.#closed = true;
    for (const worker of this.#workers ?? []) worker.terminate();
    this.#fail(() => true, `${this.options.layout.file} was closed while it was read`);
  }

  #start(): Thread {
    const worker = startThread("patterns");
    worker.onmessage = ({ data }: MessageEvent<ReadAnswer>) => this.#settle(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fail((one) => one.worker === worker, `a thread that reads patterns stopped: ${event.message}`);
    };
    const { layout, stored } = this.options;
    worker.postMessage({ layout, stored } satisfies ReaderStart);
    return worker;
  }

  #settle({ number, patterns, error, fault }: ReadAnswer): void {
    const one = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (patterns) one?.resolve(patterns);
    else one?.reject(fault ? new DataError(fault) : new Error(error));
  }

  #fail(which: (one: Waiting) => boolean, reason: string): void {
    for (const [number, one] of this.#waiting) {
      if (!which(one)) continue;
      this.#waiting.delete(number);
      one.reject(new Error(reason));
    }
  }
}
