/**
 * The machine and the process in Deno.
 *
 * @module
 */
import type { GrowingHash, Machine, ProcessLimits } from "../host.ts";
import { limitsIn } from "../proc_limits.ts";

/** Returns the machine that Deno runs on. */
export function denoMachine(): Machine {
  const { os, arch } = Deno.build;
  return {
    runtime: { name: "Deno", version: Deno.version.deno, os, arch },
    get process() {
      return { host: hostName(), pid: Deno.pid };
    },
    freeMemory() {
      try {
        return Deno.systemMemoryInfo().available;
      } catch {
        return Infinity; // no permission to ask
      }
    },
    environment: (name) => Deno.env.get(name),
    limits: () => limitsOf(os),
    async output(program, args) {
      try {
        const { success, stdout } = await new Deno.Command(program, { args: [...args], stderr: "null" })
          .output();
        return success ? new TextDecoder().decode(stdout).trim() : undefined;
      } catch {
        return undefined; // there is no such program, or no permission to run it
      }
    },
  };
}

function hostName(): string {
  try {
    return Deno.hostname();
  } catch {
    return "this machine"; // no permission to ask
  }
}

async function limitsOf(os: string): Promise<ProcessLimits> {
  return limitsIn(os === "linux" ? await Deno.readTextFile("/proc/self/limits").catch(() => "") : "");
}

/** Web Crypto has no digest that grows. */
export async function openDenoHash(): Promise<GrowingHash> {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), hex: () => Promise.resolve(hash.digest("hex")) };
}
