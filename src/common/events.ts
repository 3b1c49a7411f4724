/**
 * Letting the event loop run inside long work, so that signals, timers and messages are heard.
 *
 * @module
 */

/** Longest time that a loop keeps the event loop waiting, in milliseconds. */
const LONGEST_MS = 50;

/** Lets everything that waits in the event loop run once. */
export function yieldToEvents(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/**
 * A pause for loops that compute on this thread: call it in each round. It lets the event loop run when 50 ms have passed
 * since it last did, and throws the reason of `signal` once that is aborted.
 *
 * @example
 * ```ts
 * const breathe = breather(AbortSignal.timeout(1000));
 * for (let i = 0; i < 10; i++) await breathe();
 * ```
 */
export function breather(signal?: AbortSignal): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last > LONGEST_MS) {
      await yieldToEvents();
      last = performance.now();
    }
    signal?.throwIfAborted();
  };
}

/** Resolves after a time, or at once when `signal` is aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
    if (signal?.aborted) done();
  });
}
