/**
 * `plica study`: many reconstructions over dose, overlap and method, with one report.
 *
 * @module
 */
import {
  argument,
  choice,
  flag,
  group,
  integer,
  message,
  multiple,
  object,
  option,
  optional,
  string,
} from "../../../deps/optique_core.ts";
import { path } from "../../../deps/optique_run.ts";
import { type CommandResult, defineCommand, type Workspace } from "../../shell/command.ts";
import { UsageError } from "../../shell/exit.ts";
import { settingsAt, settingsParser, verbosityOf } from "../../shell/flags.ts";
import type { StudyFlags } from "./flags.ts";
import { cancel, exportTo, job, report, run, status, verify } from "./actions.ts";

const ACTIONS = ["run", "status", "report", "verify", "cancel", "job", "export"] as const;

const call = group(
  "Files",
  object({
    action: argument(choice(ACTIONS, { metavar: "ACTION" }), {
      description:
        message`run FILE; status, report, verify, cancel DIR, the folder of a study; job DIR HASH, which executors call; export FILE`,
    }),
    target: argument(path({ metavar: "TARGET" }), {
      description: message`Study file (YAML or JSON), or the folder of a study`,
    }),
    hash: optional(argument(string({ metavar: "HASH" }), { description: message`Job, for job` })),
    outputDir: optional(option("--output-dir", path({ metavar: "FOLDER" }), {
      description: message`Folder of the study; default its name [run, export]`,
    })),
  }),
);

const running = group(
  "Running",
  object({
    executor: optional(option("--executor", string({ metavar: "NAME" }), {
      description:
        message`Where jobs run: local (processes), slurm, inline (this process, one after another), or the path of a module that exports openExecutor [local]`,
    })),
    executorId: optional(option("--executor-id", string({ metavar: "ID" }), {
      description: message`What the executor calls this job [job]`,
    })),
    jobs: optional(option("--jobs", integer({ metavar: "INTEGER", min: 1 }), {
      description: message`Most jobs at once; default as many as processors, memory and GPUs allow`,
    })),
    dryRun: optional(
      flag("--dry-run", { description: message`Show the jobs of each phase, and begin none` }),
    ),
    only: multiple(option("--only", string({ metavar: "KEY=VALUES" }), {
      description:
        message`Jobs with this phase, dose, view, method, split or repeat, and what they need; several must all hold`,
    })),
    from: optional(
      option("--from", string({ metavar: "PHASE" }), { description: message`No phase before this one` }),
    ),
    until: optional(
      option("--until", string({ metavar: "PHASE" }), { description: message`No phase after this one` }),
    ),
    failFast: optional(
      flag("--fail-fast", { description: message`Begin no job after the first that failed` }),
    ),
    keepGoing: optional(flag("--keep-going", {
      description: message`Go on with what does not depend on a failed job; this is the default`,
    })),
    retry: optional(option("--retry", choice(["failed", "skipped", "all"], { metavar: "WHICH" }), {
      description: message`Run ended jobs again that are no success`,
    })),
    compat: optional(flag("--compat", {
      description:
        message`Write manifests and summaries under the names of established readers, into compat/`,
    })),
    watch: optional(
      flag("--watch", {
        description: message`Show the state again and again until the study has ended [status]`,
      }),
    ),
    format: optional(option("--format", string({ metavar: "NAMES" }), {
      description: message`Forms of the report: html, md, csv, json, with commas between them [report]`,
    })),
    to: optional(
      option("--to", choice(["snakemake"], { metavar: "NAME" }), {
        description: message`What to export to [export]`,
      }),
    ),
  }),
);

const parser = object({
  call,
  running,
  settings: settingsParser(settingsAt("execution.quiet", "execution.json")),
});

type Action = typeof ACTIONS[number];

const BEHAVIOUR: Readonly<
  Record<Action, (flags: StudyFlags, workspace: Workspace) => Promise<CommandResult>>
> = {
  run,
  status,
  report,
  verify,
  cancel,
  job,
  export: exportTo,
};

/** Flags that some actions take alone. */
const TAKEN: Readonly<Record<string, readonly Action[]>> = {
  outputDir: ["run", "export"],
  hash: ["job"],
  executor: ["run", "job"],
  executorId: ["job"],
  jobs: ["run"],
  dryRun: ["run"],
  only: ["run"],
  from: ["run"],
  until: ["run"],
  failFast: ["run"],
  keepGoing: ["run"],
  retry: ["run"],
  compat: ["run"],
  watch: ["status"],
  format: ["report"],
  to: ["export"],
};

/** The command. */
export const studyCommand = defineCommand({
  name: "study",
  brief: "Run a study over dose, overlap and method, here or on a cluster, and write its report.",
  example: "plica study run examples/dose_overlap.yaml --output-dir study",
  parser,
  patient: true,
  verbosity: ({ settings }) => verbosityOf(settings),
  run: (flags, workspace) => {
    const { action } = flags.call;
    const given = Object.entries({ ...flags.call, ...flags.running })
      .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0));
    const wrong = given.find(([key]) => TAKEN[key] && !TAKEN[key].includes(action))?.[0];
    if (wrong) {
      const name = wrong === "hash"
        ? "a third word"
        : `--${wrong.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      throw new UsageError(
        `${name}: not with study ${action}; it belongs to study ${TAKEN[wrong].join(" and study ")}`,
      );
    }
    return BEHAVIOUR[action](flags, workspace);
  },
});
