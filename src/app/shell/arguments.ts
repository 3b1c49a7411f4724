/**
 * Spellings of flags: `--snake_case` is taken silently, established names of other programs with a notice.
 *
 * @module
 */
import { kebab } from "../../common/mod.ts";

/** Current name of an established flag; or the reason why it is not needed. */
type OldName = { readonly now: string } | { readonly unneeded: string };

/** The established names, in kebab case. `--torch-NAME` is `--NAME` besides. */
export const OLD_NAMES: Readonly<Record<string, OldName>> = Object.freeze({
  "--n-images": { now: "--n-groups" },
  "--max-epochs": { now: "--nepochs" },
  "--epochs": { now: "--nepochs" },
  "--device": { now: "--accelerator" },
  "--train-data": { now: "--train-data-file" },
  "--test-data": { now: "--test-data-file" },
  "--model-dir": { now: "--model-path" },
  "--n-filters": { now: "--n-filters-scale" },
  "--object-big": { now: "--merge-object" },
  "--deterministic": { unneeded: "results are always deterministic here" },
  "--no-deterministic": { unneeded: "results are always deterministic here" },
  "--disable-mlflow": { unneeded: "MLflow gets nothing without --logger mlflow" },
});

/** Flags whose value may be left out, with what is meant then. */
const OPTIONAL_VALUES: Readonly<Record<string, string>> = Object.freeze({ "--resume": "last" });

/** Arguments in today's spelling, and one line for each established name among them. */
export interface Normalized {
  readonly args: readonly string[];
  readonly notices: readonly string[];
}

/** Rewrites the flags among `args`; everything after a lone `--` is left alone. */
export function normalizeArguments(args: readonly string[]): Normalized {
  const notices: string[] = [];
  const end = args.indexOf("--");
  const flags = end < 0 ? args : args.slice(0, end);
  const rewritten = flags.flatMap((argument, index) => {
    if (!/^--[A-Za-z]/.test(argument)) return [argument];
    const [, written, value = ""] = /^([^=]+)(=.*)?$/s.exec(argument) ?? [argument, argument];
    const name = `--${kebab(written.slice(2).toLowerCase())}`;
    const renamed = rename(name);
    if (renamed.notice) notices.push(`${written} ${renamed.notice}`);
    if (renamed.flag === undefined) return [];
    const meant = OPTIONAL_VALUES[renamed.flag];
    const given = value !== "" || /^[^-]/.test(flags[index + 1] ?? "");
    return [renamed.flag + (meant === undefined || given ? value : `=${meant}`)];
  });
  return { args: [...rewritten, ...args.slice(flags.length)], notices };
}

function rename(name: string): { readonly flag?: string; readonly notice?: string } {
  const plain = name.startsWith("--torch-") ? `--${name.slice("--torch-".length)}` : name;
  const old = OLD_NAMES[plain];
  if (old && "unneeded" in old) return { notice: `is not needed: ${old.unneeded}` };
  const flag = old ? old.now : plain;
  return flag === name ? { flag } : { flag, notice: `is called ${flag} here` };
}
