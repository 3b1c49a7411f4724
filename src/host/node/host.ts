/**
 * Node as a place to run in: version 22 or later.
 *
 * @module
 */
import type { GrowingHash, Host, Machine, Thread, ThreadScope } from "../host.ts";
import { limitsIn } from "../proc_limits.ts";
import { builtin } from "./builtin.ts";
import { nodeFiles, openNodeTemporary } from "./files.ts";

/** Makes the host of Node. */
export function nodeHost(): Host {
  return {
    files: nodeFiles(),
    openTemporary: openNodeTemporary,
    openHash,
    machine: nodeMachine(),
    startThread,
    threadScope,
    sharesMemory: true,
  };
}

function openHash(): Promise<GrowingHash> {
  const hash = builtin("node:crypto").createHash("sha256");
  return Promise.resolve({
    update: (bytes) => void hash.update(bytes),
    hex: () => Promise.resolve(hash.digest("hex")),
  });
}

function nodeMachine(): Machine {
  const [os, process] = [builtin("node:os"), builtin("node:process")];
  const systems: Readonly<Record<string, string>> = { win32: "windows" };
  const architectures: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };
  return {
    runtime: {
      name: "Node",
      version: process.versions.node,
      os: systems[process.platform] ?? process.platform,
      arch: architectures[process.arch] ?? process.arch,
    },
    get process() {
      return { host: os.hostname(), pid: process.pid };
    },
    // memory that caches hold counts as free, as in Deno
    freeMemory: () => process.availableMemory(),
    environment: (name) => process.env[name],
    limits: async () =>
      limitsIn(await builtin("node:fs").promises.readFile("/proc/self/limits", "utf8").catch(() => "")),
    output: (program, args) =>
      new Promise((resolve) => {
        builtin("node:child_process").execFile(program, [...args], (error, stdout) => {
          resolve(error ? undefined : stdout.trim());
        });
      }),
  };
}

/** A worker of Node behind the interface of the web. */
function startThread(address: URL): Thread {
  const worker = new (builtin("node:worker_threads").Worker)(address);
  const thread: Thread = {
    onmessage: null,
    onerror: null,
    postMessage: (message, transfer = []) => worker.postMessage(message, transfer as ArrayBuffer[]),
    terminate: () => void worker.terminate(),
  };
  worker.on("message", (data) => thread.onmessage?.(new MessageEvent("message", { data })));
  worker.on("error", (error) => {
    const message = error instanceof Error ? error.message : String(error);
    // Node has no ErrorEvent
    thread.onerror?.(Object.assign(new Event("error", { cancelable: true }), { message }) as ErrorEvent);
  });
  return thread;
}

function threadScope<In, Out>(): ThreadScope<In, Out> {
  const { parentPort } = builtin("node:worker_threads");
  if (!parentPort) throw new Error("this module runs in a thread that the library starts");
  return parentPort as unknown as ThreadScope<In, Out>;
}
