/**
 * Calls that name no command: help, version, completion scripts, typos.
 *
 * @module
 */
import { nearest, PLICA_VERSION } from "../common/mod.ts";

import { command, message, object, or, runParser, text } from "../deps/optique_core.ts";
import { helpFormat, plain } from "./shell/command.ts";
import { COMMANDS } from "./commands.ts";
import { EXIT } from "./shell/exit.ts";
import type { Session } from "./shell/session.ts";

/** Answers `args`, which do not begin with the name of a command. */
export async function runTop(args: readonly string[], session: Session): Promise<number> {
  let exitCode: number = EXIT.done;
  const completing = args[0] === "completion";
  runParser(completing ? await fullParser() : listParser(), "plica", args, {
    ...helpFormat(session),
    brief: message`Plica turns a ptychographic scan into an image of the sample.`,
    footer: message`${text("plica COMMAND --help")} shows the flags of a command.`,
    usageLine: [{ type: "literal", value: "COMMAND [FLAGS]" }],
    help: { option: { names: ["-h", "--help"] }, onShow: () => {} },
    version: {
      value: `plica ${PLICA_VERSION}`,
      option: { names: ["-V", "--version"] },
      onShow: () => {},
    },
    completion: { command: { hidden: "help" }, onShow: () => {} },
    onError: (_, problem) => {
      session.stderr(`plica: ${plain(problem)}${hint(args[0])}\n`);
      exitCode = EXIT.usage;
      return undefined as never;
    },
  });
  return exitCode;
}

/** The parser suggests commands, but not its own flags. */
function hint(argument = ""): string {
  const flag = argument.startsWith("--") ? nearest(argument, ["--help", "--version"]) : undefined;
  return flag ? ` Did you mean ${flag}?` : "";
}

/** The commands by name alone. */
function listParser() {
  return or(
    ...Object.entries(COMMANDS).map(([name, { brief }]) =>
      command(name, object({}), { description: message`${text(brief)}` })
    ),
  );
}

/** The commands with all their flags, for completion. */
async function fullParser() {
  const commands = await Promise.all(Object.values(COMMANDS).map((entry) => entry.load()));
  return or(...commands.map((one) => command(one.name, one.parser)));
}
