/**
 * Starting the worker threads of the CPU device.
 *
 * @module
 */
import { DeviceError } from "../device.ts";
import type { WorkerAnswer, WorkerStart } from "./worker.ts";

/** Starts one thread; resolves when it waits for work. */
export function startThread(start: WorkerStart): Promise<Worker> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      worker.terminate();
      reject(
        new DeviceError(
          `CPU thread ${start.thread} did not start: ${reason}; try a single thread (threads: 1)`,
        ),
      );
    };
    worker.onerror = (event) => {
      event.preventDefault();
      fail(event.message);
    };
    worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) =>
      data.ready ? resolve(worker) : fail(data.reason);
    worker.postMessage(start);
  });
}

/** Threads that share memory here: all cores, or one where a browser does not isolate the page. */
export function defaultThreads(): number {
  const isolated = "Deno" in globalThis || globalThis.crossOriginIsolated !== false;
  return isolated ? navigator.hardwareConcurrency : 1;
}

/** Whether this thread may block, which the main thread of a browser may not. */
export function mayWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}
