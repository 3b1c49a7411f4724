/**
 * Starting the worker threads of the CPU device.
 *
 * @module
 */
import { startThread, type Thread } from "../../../host/mod.ts";
import { DeviceError } from "../device.ts";
import type { WorkerAnswer, WorkerStart } from "./worker.ts";

/** Starts one thread; resolves when it waits for work. */
export function startKernelThread(start: WorkerStart): Promise<Thread> {
  const worker = startThread("kernels");
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

/** Returns true if this thread may block, which the main thread of a browser may not. */
export function mayWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}
