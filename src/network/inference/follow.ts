/**
 * Following a scan: patterns are put on the image as they arrive.
 *
 * @module
 */
import { DataError, type Logger, silentLogger, yieldToEvents } from "../../common/mod.ts";

import type { Arrival } from "../../scan/mod.ts";
import { LatencyHistogram } from "./latency.ts";
import type { LiveReconstruction } from "./live.ts";

/** Options of {@linkcode followArrivals}. */
export interface FollowOptions {
  readonly live: LiveReconstruction;
  /** Ends when nothing has come for so long. Default never. */
  readonly idleSeconds?: number;
  /** Called at most every `writeSeconds` (default 5) if patterns arrived since. */
  readonly onWrite?: () => Promise<void>;
  readonly writeSeconds?: number;
  /** Stops following; what has come by then is put on the image. */
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
  /** Called with the number of patterns on the image. */
  readonly onPatterns?: (count: number) => void;
}

/** Result of following a scan. */
export interface FollowReport {
  readonly patterns: number;
  /** Arrivals that were refused. */
  readonly refused: number;
  /** Why following ended. */
  readonly end: "end of input" | "idle" | "interrupted" | "failed";
  /** Time from arrival to image, of patterns. */
  readonly latencyMs: { readonly median: number; readonly p95: number; readonly largest: number };
  /** From the first arrival to the last pattern on the image. */
  readonly patternsPerSecond: number;
  /** While there was something to do: what this machine can do. */
  readonly patternsPerBusySecond: number;
  /** Error that ended it, if any; the image so far is kept. */
  readonly error?: unknown;
}

/** Batches that wait before no more are read. */
const MOST_WAITING = 8;
/** Refused arrivals that are logged one by one. */
const LOGGED = 20;

/**
 * Puts arrivals on the image until there are no more. An arrival that is refused (a {@linkcode DataError} in its place)
 * gives a line in the log, and following goes on. Never throws for what arrives; `report.error` holds what the source
 * itself threw.
 */
export async function followArrivals(
  arrivals: AsyncIterable<Arrival | DataError>,
  options: FollowOptions,
): Promise<FollowReport> {
  const { live, signal, onWrite, writeSeconds = 5, idleSeconds = Infinity } = options;
  const queue = new ArrivalQueue(live, options);
  const reading = queue.fill(arrivals);
  const latency = new LatencyHistogram();
  let [busy, written, dirty, last] = [0, performance.now(), false, NaN];
  let end: FollowReport["end"] | undefined;
  while (!end) {
    const batch = queue.take();
    const now = performance.now();
    if (batch) {
      await live.add(batch);
      last = performance.now();
      busy += last - now;
      batch.arrived.forEach((at) => latency.add(last - at));
      options.onPatterns?.(live.patterns);
      dirty = true;
    } else if (signal?.aborted) end = "interrupted";
    else if (queue.ended) end = queue.error === undefined ? "end of input" : "failed";
    else if (now - queue.lastArrival >= 1000 * idleSeconds) end = "idle";
    else await queue.change(1000 * Math.min(writeSeconds, idleSeconds, 1));
    if (onWrite && dirty && !end && performance.now() - written >= 1000 * writeSeconds) {
      await onWrite();
      [written, dirty] = [performance.now(), false];
    }
    if (batch) await yieldToEvents(); // lets arrivals in
  }
  queue.stop();
  if (queue.ended) await reading;
  const { patterns } = live;
  return {
    patterns,
    refused: queue.refused,
    end,
    latencyMs: { median: latency.percentile(50), p95: latency.percentile(95), largest: latency.largest },
    patternsPerSecond: 1000 * patterns / Math.max(last - queue.firstArrival, 1e-6) || 0,
    patternsPerBusySecond: 1000 * patterns / Math.max(busy, 1e-6),
    ...(queue.error === undefined ? {} : { error: queue.error }),
  };
}

/** Patterns taken out of the queue, and when each arrived. */
interface Taken {
  readonly counts: Float32Array;
  readonly xcoords: Float64Array;
  readonly ycoords: Float64Array;
  readonly arrived: Float64Array;
}

/** Patterns that have arrived and are not on the image yet. */
class ArrivalQueue {
  readonly #waiting: { arrival: Arrival; at: number; done: number }[] = [];
  #length = 0;
  #stopped = false;
  readonly #waiters = new Set<() => void>();
  ended = false;
  error: unknown;
  refused = 0;
  firstArrival = NaN;
  /** Of anything, also what was refused; the beginning before that. */
  lastArrival = performance.now();

  constructor(
    private readonly live: LiveReconstruction,
    private readonly options: Pick<FollowOptions, "logger" | "signal">,
  ) {}

  /** Reads arrivals, as long as there is room. */
  async fill(arrivals: AsyncIterable<Arrival | DataError>): Promise<void> {
    try {
      for await (const arrival of arrivals) {
        if (this.#isOver) return;
        this.#put(arrival);
        while (this.#length >= MOST_WAITING * this.live.batch && !this.#isOver) await this.change(1000);
      }
    } catch (error) {
      if (!this.options.signal?.aborted) this.error = error;
    } finally {
      this.ended = true;
      this.#wake();
    }
  }

  get #isOver(): boolean {
    return this.#stopped || this.options.signal?.aborted === true;
  }

  #put(arrival: Arrival | DataError): void {
    this.lastArrival = performance.now();
    try {
      if (arrival instanceof DataError) throw arrival;
      this.live.check(arrival);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      const { logger = silentLogger } = this.options;
      if (++this.refused <= LOGGED) logger.warn(`left out: ${error.message}`);
      if (this.refused === LOGGED) logger.warn("further ones are counted, not logged");
      return;
    }
    if (Number.isNaN(this.firstArrival)) this.firstArrival = this.lastArrival;
    this.#waiting.push({ arrival, at: this.lastArrival, done: 0 });
    this.#length += arrival.xcoords.length;
    this.#wake();
  }

  /** The next patterns, at most a batch; undefined where none wait. */
  take(): Taken | undefined {
    const n = Math.min(this.#length, this.live.batch);
    if (n === 0) return undefined;
    const pixels = this.#waiting[0].arrival.counts.length / this.#waiting[0].arrival.xcoords.length;
    const taken = {
      counts: new Float32Array(n * pixels),
      xcoords: new Float64Array(n),
      ycoords: new Float64Array(n),
      arrived: new Float64Array(n),
    };
    for (let at = 0; at < n;) {
      const head = this.#waiting[0];
      const { counts, xcoords, ycoords } = head.arrival;
      const count = Math.min(n - at, xcoords.length - head.done), to = head.done + count;
      taken.counts.set(counts.subarray(head.done * pixels, to * pixels), at * pixels);
      taken.xcoords.set(xcoords.subarray(head.done, to), at);
      taken.ycoords.set(ycoords.subarray(head.done, to), at);
      taken.arrived.fill(head.at, at, at + count);
      head.done = to;
      at += count;
      if (to === xcoords.length) this.#waiting.shift();
    }
    this.#length -= n;
    this.#wake();
    return taken;
  }

  /** Resolves when something has changed, or after a time. */
  change(ms: number): Promise<void> {
    const { signal } = this.options;
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        this.#waiters.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#waiters.add(done);
      signal?.addEventListener("abort", done);
      if (signal?.aborted) done();
    });
  }

  #wake(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }

  /** No more is read. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }
}
