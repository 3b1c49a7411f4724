/**
 * A thread of the CPU device: an instance of the module on the shared memory, parked inside it between runs.
 *
 * @module
 */
import { threadScope } from "../../../host/mod.ts";
import { instantiate } from "./module.ts";

/** First message to a new thread. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
  readonly threads: number;
  /** Top of this thread's stack in the shared memory. */
  readonly stackTop: number;
}

/** Only answer of a thread: it waits for work, or the reason that it cannot. */
export type WorkerAnswer = { readonly ready: true } | { readonly ready: false; readonly reason: string };

const scope = threadScope<WorkerStart, WorkerAnswer>();

scope.onmessage = async ({ data: { module, memory, thread, threads, stackTop } }) => {
  const exports = await instantiate(module, memory).catch((error: unknown) => {
    scope.postMessage({ ready: false, reason: String(error) });
    return undefined;
  });
  if (!exports) return;
  exports.__stack_pointer.value = stackTop;
  scope.postMessage({ ready: true });
  try {
    exports.worker_main(thread, threads);
  } catch {
    // A trap: the main thread stops waiting for this one and reports the failure.
    exports.mark_failed();
  }
  scope.close();
};
