/**
 * Git provenance of the program.
 *
 * @module
 */
import { machine, programFile } from "../../host/mod.ts";

/** Returns the commit of the repository that holds `file`, or undefined outside of one. */
export async function commitOf(file: string): Promise<string | undefined> {
  const cut = Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\"));
  const folder = cut < 0 ? "." : file.slice(0, cut) || "/";
  const known = await git(folder, "ls-files", "--error-unmatch", "--", file.slice(cut + 1));
  return known === undefined ? undefined : await git(folder, "rev-parse", "HEAD");
}

/** Returns the commit that this program runs from, where it does not run from a package or an executable. */
export async function programCommit(): Promise<string | undefined> {
  const filename = programFile();
  return filename === undefined ? undefined : await commitOf(filename);
}

function git(folder: string, ...args: string[]): Promise<string | undefined> {
  return machine.output("git", ["-C", folder, ...args]);
}
