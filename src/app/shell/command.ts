/**
 * Commands and how they run: parse, work, report, exit code.
 *
 * @module
 */
import { jsonText, type Logger, nearest, silentLogger } from "../../common/mod.ts";

import {
  type DocSection,
  formatMessage,
  type InferValue,
  lineBreak,
  type Message,
  message,
  type Parser,
  runParser,
  text,
} from "../../deps/optique_core.ts";

import { normalizeArguments } from "./arguments.ts";
import { EXIT, exitCodeOf, oneLine } from "./exit.ts";
import { openLogger, openScreen, type Screen } from "./screen.ts";
import type { Session } from "./session.ts";

/** Context of a running command. */
export interface Workspace {
  readonly session: Session;
  readonly screen: Screen;
  readonly logger: Logger;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Aborted by the second one, for commands that are `patient`. */
  readonly hurry: AbortSignal;
  /** Runs another command of the program in this process. */
  readonly main: Main;
}

/** Runs the program with these arguments and resolves to its exit code. */
export type Main = (args: readonly string[], session: Session) => Promise<number>;

/** Result of a command. */
export interface CommandResult {
  /** The JSON object of `--json`. */
  readonly summary: Readonly<Record<string, unknown>>;
  /** Lines on standard output without `--json`. */
  readonly lines: readonly string[];
  /** Default 0; 1 for bad data. */
  readonly exitCode?: number;
}

/** Verbosity of a call, from its parsed flags. */
export interface Verbosity {
  readonly quiet: boolean;
  readonly json: boolean;
}

/** A command as its file defines it. */
export interface CommandDefinition<P extends Parser<"sync", unknown, unknown>> {
  readonly name: string;
  /** One line for the help. */
  readonly brief: string;
  /** A call that works, for the help. */
  readonly example: string;
  readonly parser: P;
  /** The second Ctrl-C aborts `hurry` and the third ends the process; else the second does. */
  readonly patient?: boolean;
  verbosity(flags: InferValue<P>): Verbosity | Promise<Verbosity>;
  run(flags: InferValue<P>, workspace: Workspace): Promise<CommandResult>;
}

/** A command as the program sees it. */
export interface Command {
  readonly name: string;
  readonly brief: string;
  readonly parser: Parser<"sync", unknown, unknown>;
  /** Runs the command and resolves to the exit code; never throws. */
  execute(args: readonly string[], session: Session, main: Main): Promise<number>;
}

/** Makes a command of its definition. */
export function defineCommand<P extends Parser<"sync", unknown, unknown>>(
  definition: CommandDefinition<P>,
): Command {
  const { name, brief, parser } = definition;
  return {
    name,
    brief,
    parser,
    execute: (args, session, main) => execute(definition, args, { session, main }),
  };
}

async function execute<P extends Parser<"sync", unknown, unknown>>(
  definition: CommandDefinition<P>,
  args: readonly string[],
  { session, main }: { readonly session: Session; readonly main: Main },
): Promise<number> {
  const normalized = normalizeArguments(args, definition.name);
  if (normalized.refused !== undefined) {
    session.stderr(`plica ${definition.name}: ${normalized.refused}\n`);
    return EXIT.usage;
  }
  const parsed = parse(definition, normalized.args, session);
  if ("exitCode" in parsed) return parsed.exitCode;
  let screen = openScreen(session, { quiet: true });
  const interrupt = watchInterrupt(session, { screen: () => screen, patient: definition.patient ?? false });
  try {
    const { quiet, json } = await definition.verbosity(parsed.flags);
    screen = openScreen(session, { quiet });
    const logger = quiet ? silentLogger : await openLogger(screen, { debug: session.debug });
    for (const notice of normalized.notices) logger.info(notice);
    const { signal, hurry } = interrupt;
    const result = await definition.run(parsed.flags, { session, screen, logger, signal, hurry, main });
    screen.end();
    const lines = json ? [jsonText(result.summary)] : result.lines;
    for (const line of lines) session.stdout(`${line}\n`);
    return interrupt.codeOf(result.exitCode ?? EXIT.done);
  } catch (error) {
    screen.end();
    reportError(session, `plica ${definition.name}`, error);
    return interrupt.codeOf(exitCodeOf(error, interrupt.signal));
  } finally {
    interrupt.stop();
  }
}

type Parsed<T> = { readonly flags: T } | { readonly exitCode: number };

function parse<P extends Parser<"sync", unknown, unknown>>(
  { name, brief, example, parser }: CommandDefinition<P>,
  args: readonly string[],
  session: Session,
): Parsed<InferValue<P>> {
  let exitCode: number | undefined;
  const flags = runParser(parser, `plica ${name}`, args, {
    ...helpFormat(session),
    brief: message`${text(brief)}`,
    footer: message`--no-FLAG switches off what FLAG switches on.${lineBreak()}Example: ${text(example)}`,
    usageLine: [{ type: "literal", value: "[FLAGS]" }],
    help: { option: { names: ["-h", "--help"] }, onShow: () => void (exitCode = EXIT.done) },
    onError: (_, problem) => {
      session.stderr(`plica ${name}: ${plain(problem)}\n`);
      exitCode = EXIT.usage;
      return undefined as never;
    },
  });
  return exitCode === undefined ? { flags } : { exitCode };
}

/** Format of all help pages. */
export function helpFormat(session: Session) {
  return {
    aboveError: "none",
    maxWidth: Math.max(60, Math.min(session.columns, 110)),
    termWidth: 34,
    sectionOrder: (a: DocSection, b: DocSection) => rankOf(a) - rankOf(b),
    stdout: (page: string) => session.stdout(`${page}\n`),
    stderr: () => {}, // errors are written by onError, on one line
  } as const;
}

/** Files first, then the settings in their order, then help and version, which have no title. */
function rankOf({ title = "" }: DocSection): number {
  return title.startsWith("File") ? 0 : title ? 1 : 2;
}

/** Returns a message of the parser on one line. */
export function plain(problem: Message): string {
  return nearestAlone(oneLine(formatMessage(problem, { quotes: false, colors: false })));
}

/** The parser names all flags that are near; a line has room for the nearest. */
function nearestAlone(line: string): string {
  const [, typed = "", flags = ""] = /argument: (\S+?)\. Did you mean one of these\? (.+)$/.exec(line) ?? [];
  const flag = nearest(typed, flags.split(/\s+/));
  return flag ? line.replace(/one of these\?.*$/, `${flag}?`) : line;
}

/** One line on standard error; the stack besides where debugging is wanted. */
function reportError(session: Session, who: string, error: unknown): void {
  session.stderr(`${who}: ${oneLine(error)}\n`);
  if (session.debug && error instanceof Error) session.stderr(`${error.stack ?? ""}\n`);
}

interface Interrupt {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Aborted by the second one, where the command is patient. */
  readonly hurry: AbortSignal;
  /** Returns the exit code of the received signal if `code` is that of an interruption, else `code`. */
  codeOf(code: number): number;
  stop(): void;
}

/** The first signal aborts the work; the next one ends the process, or where `patient` first aborts `hurry`. */
function watchInterrupt(
  session: Session,
  { screen, patient }: { readonly screen: () => Screen; readonly patient: boolean },
): Interrupt {
  const [first, second] = [new AbortController(), new AbortController()];
  const came: { code: number } = { code: EXIT.interrupted };
  const stop = session.onInterrupt((signal) => {
    const code = signal === "SIGTERM" ? EXIT.terminated : EXIT.interrupted;
    if (first.signal.aborted && (!patient || second.signal.aborted)) session.exit(code);
    if (first.signal.aborted) return second.abort(new DOMException("interrupted twice", "AbortError"));
    came.code = code;
    screen().line(
      signal === "SIGTERM"
        ? "terminated: finishing cleanly"
        : "interrupted: finishing cleanly; press Ctrl-C again to stop at once",
    );
    first.abort(new DOMException("interrupted", "AbortError"));
  });
  return {
    signal: first.signal,
    hurry: second.signal,
    codeOf: (code) => code === EXIT.interrupted ? came.code : code,
    stop,
  };
}
