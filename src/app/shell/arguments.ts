/**
 * Spellings of flags: `--snake_case` is taken silently, established names of other programs with a line about each.
 *
 * @module
 */
import { kebab } from "../../common/mod.ts";
import { configFields } from "../../config/mod.ts";
import { ESTABLISHED, type EstablishedFlag, type Outcome } from "./established.ts";

/** Flags whose value may be left out, with what is meant then. */
const OPTIONAL_VALUES: Readonly<Record<string, string>> = Object.freeze({ "--resume": "last" });

/** Flags that are on or off, which other programs write with a value. */
const SWITCHES: ReadonlySet<string> = new Set(
  configFields.filter(({ kind }) => kind === "boolean").map(({ flag }) => flag),
);

/** Arguments in today's spelling, and one line for each established name among them. */
export interface Normalized {
  readonly args: readonly string[];
  readonly notices: readonly string[];
  /** Reason why the call cannot be made: the first flag that has none here. */
  readonly refused?: string;
}

/** A flag as it is written, with the values after it. */
interface Written {
  readonly flag: string;
  /** Name in kebab case, without `torch-`. */
  readonly name: string;
  readonly torch: boolean;
  /** After `=`. */
  readonly attached?: string;
  readonly values: readonly string[];
}

/** Rewrites the flags among the arguments of a command; everything after a lone `--` is left alone. */
export function normalizeArguments(args: readonly string[], command: string): Normalized {
  const end = args.indexOf("--");
  const written = wordsOf(end < 0 ? args : args.slice(0, end));
  const given = new Map(
    written.flatMap((word) =>
      typeof word === "string" ? [] : [[word.name, word.attached ?? word.values[0] ?? "True"]]
    ),
  );
  const notices: string[] = [];
  let refused: string | undefined;
  const rewritten = written.flatMap((word) => {
    if (typeof word === "string") return [word];
    const { args, notice, reason } = rewrite(word, { given, command });
    if (notice) notices.push(`${word.flag} ${notice}`);
    refused ??= reason && `${word.flag}: ${reason}`;
    return args;
  });
  return {
    args: [...rewritten, ...(end < 0 ? [] : args.slice(end))],
    notices,
    ...(refused === undefined ? {} : { refused }),
  };
}

/** Cuts arguments into flags with what follows them up to the next flag, and bare words before the first. */
function wordsOf(args: readonly string[]): (string | Written)[] {
  const words: (string | Written)[] = [];
  for (let i = 0; i < args.length; i++) {
    if (!/^--[A-Za-z]/.test(args[i])) {
      words.push(args[i]);
      continue;
    }
    const [, flag, attached] = /^([^=]+)(?:=(.*))?$/s.exec(args[i]) ?? [args[i], args[i]];
    const plain = `--${kebab(flag.slice(2).toLowerCase())}`;
    const torch = plain.startsWith("--torch-");
    const name = torch ? `--${plain.slice("--torch-".length)}` : plain;
    const next = args.slice(i + 1).findIndex((word) => /^-+[A-Za-z]/.test(word));
    const values = attached === undefined ? args.slice(i + 1, next < 0 ? args.length : i + 1 + next) : [];
    words.push({ flag, name, torch, attached, values });
    i += values.length;
  }
  return words;
}

function rewrite(
  { name, torch, attached, values }: Written,
  { given, command }: { readonly given: ReadonlyMap<string, string>; readonly command: string },
): { readonly args: readonly string[]; readonly notice?: string; readonly reason?: string } {
  const found: EstablishedFlag | undefined = Object.hasOwn(ESTABLISHED, name) ? ESTABLISHED[name] : undefined;
  const established = found?.in.some((name) => name === command) ? found : undefined;
  if (!established) {
    const args = spelled(name, { attached, values });
    return torch ? { args, notice: `is called ${name} here` } : { args };
  }
  const own = attached === undefined ? taken(established, values) : [attached];
  const { args = [], notice, refused }: Outcome = established.read(own, given);
  const rest = attached === undefined ? values.slice(own.length) : [];
  const [flag, ...rewritten] = args;
  const named = flag?.startsWith("--") ? spelled(flag, { values: rewritten }) : args;
  return { args: [...named, ...rest], notice, reason: refused };
}

/** A flag with its values; a switch with True or False without them. */
function spelled(
  flag: string,
  { attached, values }: { readonly attached?: string; readonly values: readonly string[] },
): string[] {
  const value = attached ?? values[0];
  if (SWITCHES.has(flag) && value !== undefined && /^(true|false)$/i.test(value)) {
    const off = value.toLowerCase() === "false";
    return [off ? `--no-${flag.slice(2)}` : flag, ...(attached === undefined ? values.slice(1) : [])];
  }
  if (attached !== undefined) return [`${flag}=${attached}`];
  const meant = OPTIONAL_VALUES[flag];
  return meant !== undefined && value === undefined ? [`${flag}=${meant}`] : [flag, ...values];
}

/** The values after an established flag that belong to it. */
function taken({ takes = "one" }: EstablishedFlag, values: readonly string[]): readonly string[] {
  if (takes === "many") return values;
  if (takes === "none") return [];
  if (takes === "one") return values.slice(0, 1);
  return /^(true|false|0|1)$/i.test(values[0] ?? "") ? values.slice(0, 1) : [];
}
