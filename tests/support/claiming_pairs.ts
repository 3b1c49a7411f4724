/**
 * Pairs of processes that claim one folder at the same time.
 *
 * @module
 */

const CHILD = new URL("./claiming_child.ts", import.meta.url).href;

/** Starts a process that claims `folder` and holds it. */
export function claimInChild(folder: string, milliseconds: number): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", CHILD, folder, String(milliseconds)],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** What both of a pair said. Each holds the folder longer than the start of the other takes. */
export async function claimAsPair(folder: string, milliseconds: number): Promise<[string, string]> {
  const children = [claimInChild(folder, milliseconds), claimInChild(folder, milliseconds)];
  const [a, b] = await Promise.all(children.map((child) => new Response(child.stdout).text()));
  await Promise.all(children.map((child) => child.status));
  return [a.trim(), b.trim()];
}
