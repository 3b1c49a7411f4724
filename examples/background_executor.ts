/**
 * An executor in one file: jobs are processes that go on when the one that began them has ended.
 *
 *     plica study run study.yaml --executor examples/background_executor.ts
 *
 * For a scheduler, call its command for submitting in `submit`, for listing in `poll` and for ending in `cancel`, and hand
 * the id that it gives a job to `--executor-id`, where the job itself can read it, as `$PBS_JOBID`.
 */
import type { JobStatus, OpenExecutor } from "../mod.ts";

export const openExecutor: OpenExecutor = ({ jobs = navigator.hardwareConcurrency, jobCommand }) => ({
  // begins a job when its inputs are there; a scheduler that knows dependencies may take all at once
  chains: false,
  limits: () => Promise.resolve({ cpus: Infinity, memoryBytes: Infinity, gpus: Infinity, jobs }),
  submit: (submitted) =>
    Promise.resolve(submitted.map(({ hash }) => {
      const script = 'exec "$@" "--executor-id=$$"';
      const child = new Deno.Command("setsid", {
        args: ["sh", "-c", script, "sh", ...jobCommand(hash)],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
      child.unref();
      return String(child.pid);
    })),
  // the job writes how it ended into its own folder: here it is enough to know who is alive
  poll: async (ids) => {
    const { stdout } = await new Deno.Command("ps", { args: ["-A", "-o", "pid=,stat="] }).output();
    const living = new Set(
      new TextDecoder().decode(stdout).split("\n").map((line) => line.trim().split(/\s+/))
        .filter(([, state = "Z"]) => !state.startsWith("Z")).map(([pid]) => pid),
    );
    const statusOf = (id: string): JobStatus => ({ kind: living.has(id) ? "running" : "gone" });
    return new Map(ids.map((id) => [id, statusOf(id)]));
  },
  // gently: jobs write their checkpoints
  cancel: (ids, how) => {
    const signal = { gently: "SIGINT", firmly: "SIGTERM", now: "SIGKILL" } as const;
    for (const id of ids) {
      try {
        Deno.kill(Number(id), signal[how]);
      } catch {
        // it has ended
      }
    }
    return Promise.resolve();
  },
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});
