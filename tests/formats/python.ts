/**
 * Python with the packages that read what is written here: `PLICA_PYTHON`, or the `python3` of the path.
 *
 * @module
 */
import { equal } from "node:assert/strict";

/** The Python program. */
export const PYTHON = Deno.env.get("PLICA_PYTHON") ?? "python3";

/** True where Python can import all of `modules`. */
export async function hasPython(...modules: readonly string[]): Promise<boolean> {
  const script =
    "import importlib.util as u, sys; sys.exit(any(u.find_spec(m) is None for m in sys.argv[1:]))";
  try {
    const args = ["-c", script, ...modules];
    return (await new Deno.Command(PYTHON, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

/** What a script prints, as JSON; its arguments are in `sys.argv[1:]`. */
export async function python(script: string, ...args: readonly string[]): Promise<unknown> {
  const { success, stdout, stderr } = await new Deno.Command(PYTHON, { args: ["-c", script, ...args] })
    .output();
  const decoder = new TextDecoder();
  equal(success, true, decoder.decode(stderr));
  return JSON.parse(decoder.decode(stdout));
}

/** Marks a test that needs Python as skipped, in its name too, where the packages are missing. */
export async function withPython(
  name: string,
  modules: readonly string[],
): Promise<{ readonly name: string; readonly ignore: boolean }> {
  const there = await hasPython(...modules);
  return { name: there ? name : `${name} (skipped: no python with ${modules.join(", ")})`, ignore: !there };
}
