/**
 * The program `plica`: finds the command, loads its file, runs it.
 *
 * @module
 */
import { COMMANDS, isCommand } from "./commands.ts";
import { PROGRAMS } from "./shell/established.ts";
import type { Session } from "./shell/session.ts";

/** Runs the program and resolves to its exit code. */
export async function main(args: readonly string[], session: Session): Promise<number> {
  const [called = "--help", ...rest] = args;
  const name = PROGRAMS[called] ?? called;
  if (isCommand(name)) {
    const command = await COMMANDS[name].load();
    return await command.execute(rest, session, main);
  }
  if (name === "help" && isCommand(rest[0] ?? "")) return await main([rest[0], "--help"], session);
  const { runTop } = await import("./top.ts");
  return await runTop(name === "help" ? ["--help"] : args.length > 0 ? args : ["--help"], session);
}
