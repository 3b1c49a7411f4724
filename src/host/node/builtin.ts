/**
 * The modules of Node, found at run time: an import by name would not load in a browser.
 *
 * @module
 */

interface BuiltinModules {
  "node:child_process": typeof import("node:child_process");
  "node:crypto": typeof import("node:crypto");
  "node:fs": typeof import("node:fs");
  "node:os": typeof import("node:os");
  "node:stream": typeof import("node:stream");
  "node:process": typeof import("node:process");
  "node:worker_threads": typeof import("node:worker_threads");
}

interface NodeScope {
  readonly process?: {
    readonly versions?: { readonly node?: string };
    getBuiltinModule?<Name extends keyof BuiltinModules>(name: Name): BuiltinModules[Name];
  };
}

/** True in Node, and in what behaves as Node does. */
export function isNode(): boolean {
  return (globalThis as NodeScope).process?.versions?.node !== undefined;
}

/** Returns a module of Node. Throws `Error` before Node 22.3, which cannot give it. */
export function builtin<Name extends keyof BuiltinModules>(name: Name): BuiltinModules[Name] {
  const { process } = globalThis as NodeScope;
  if (!process?.getBuiltinModule) {
    throw new Error(`found Node ${process?.versions?.node}, expected 22.3 or later; install a newer Node`);
  }
  return process.getBuiltinModule(name);
}
