/**
 * The event loop.
 *
 * @module
 */

/** Lets signals and timers in between two parts of work that computes on this thread. */
export function yieldToEvents(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
