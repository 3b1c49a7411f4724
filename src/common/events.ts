/**
 * Lets the event loop run during long work, so that signals, timers and messages arrive.
 *
 * @module
 */

/** Lets the event loop run once. */
export function yieldToEvents(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Longest time in milliseconds that work holds the event loop. */
const HELD_MS = 100;

/**
 * Returns a function to be called in the loops of long work: it throws the reason of an aborted `signal`, and lets the
 * event loop run if it did not for 100 ms. A signal of the operating system arrives only in the event loop, and work that
 * waits for promises alone (kernels of the wasm device) never returns to it.
 */
export function breather(signal?: AbortSignal): () => Promise<void> {
  let last = performance.now();
  return async () => {
    signal?.throwIfAborted();
    if (performance.now() - last < HELD_MS) return;
    await yieldToEvents();
    last = performance.now();
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
