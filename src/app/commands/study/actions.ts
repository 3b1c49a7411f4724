/**
 * Actions of `plica study`, each from its flags to its result.
 *
 * @module
 */
import { ConfigError, pause } from "../../../common/mod.ts";
import { realPath } from "../../../host/mod.ts";
import {
  axesText,
  cancelStudy,
  ExecutorError,
  exportSnakemake,
  type JobHost,
  type JobLog,
  namesExecutor,
  openExecutor,
  phaseCounts,
  planStudy,
  readPlan,
  readStudyFile,
  REPORT_FORMATS,
  type ReportFormat,
  runJob,
  runStudy,
  studyExitCode,
  type StudyRun,
  summarise,
  type Summary,
  verifyStudy,
  writeReport,
} from "../../../study/mod.ts";
import type { CommandResult, Workspace } from "../../shell/command.ts";
import { EXIT, SubmitError, UsageError } from "../../shell/exit.ts";
import type { Session } from "../../shell/session.ts";
import { formatTable } from "../../shell/table.ts";
import type { StudyFlags } from "./flags.ts";

/** Runs a study. */
export async function run({ call, running }: StudyFlags, workspace: Workspace): Promise<CommandResult> {
  const { signal, hurry, screen } = workspace;
  if (running.failFast && running.keepGoing) {
    throw new UsageError("--fail-fast: contradicts --keep-going; leave one out");
  }
  const name = running.executor ?? "local";
  let done = 0;
  try {
    const result = await runStudy(call.target, {
      ...running,
      outputDir: call.outputDir,
      executor: (dir, { slurm }) =>
        openExecutor(name, {
          dir,
          slurm,
          program: workspace.session.program,
          jobs: running.jobs,
          host: hostOf(workspace),
          onError: screen.line,
        }),
      signal,
      hurry,
      onNotice: screen.line,
      onChange: ({ kind, axes, hash }, { state, reason }) => {
        done++;
        screen.line(
          `${String(done).padStart(4)}  ${state.padEnd(9)} ${kind} ${axesText(axes)} ${hash}${
            reason ? `: ${reason.text}` : ""
          }`,
        );
      },
    });
    return answer(result, { interrupted: signal.aborted, dryRun: running.dryRun ?? false });
  } catch (error) {
    throw error instanceof ExecutorError ? new SubmitError(error.message) : error;
  }
}

function answer(
  { dir, summary, phases }: StudyRun,
  { interrupted, dryRun }: { readonly interrupted: boolean; readonly dryRun: boolean },
): CommandResult {
  const counts = [...phases].map(([kind, count]) => `${count} ${kind}`).join(", ");
  const { jobs: rows, ...numbers } = summary;
  const lines = [
    `${summary.n_jobs} jobs: ${counts || "none"}`,
    ...dryRun
      ? formatTable(
        ["kind", "axes", "state", "hash"],
        rows.map(({ kind, name, state, hash }) => [kind, name, state, hash]),
      )
      : [countLine(summary), ...problemLines(summary), `study: ${dir}`],
  ];
  const exitCode = interrupted ? EXIT.interrupted : dryRun ? EXIT.done : studyExitCode(summary);
  return {
    summary: { study: dir, phases: Object.fromEntries(phases), ...numbers, jobs: rows },
    lines,
    exitCode,
  };
}

function countLine(summary: Summary): string {
  const parts = ["success", "failed", "cached", "skipped", "blocked", "lost", "cancelled", "open"] as const;
  const counted = parts.map((part) => [part, summary[`n_${part}`]] as const).filter(([, count]) => count > 0);
  return counted.map(([part, count]) => `${count} ${part}`).join(", ") || "nothing to do";
}

function problemLines({ jobs }: Summary): string[] {
  const bad = jobs.filter(({ state, reason }) =>
    ["failed", "lost", "skipped"].includes(state) && !reason?.job
  );
  return bad.slice(0, 20).map(({ kind, name, hash, state, reason, log }) =>
    `${state}: ${kind} ${name} ${hash}: ${reason?.text ?? "no reason"}${log ? ` (${log})` : ""}`
  );
}

/**
 * Makes the host of jobs in this process: it runs the program's commands and writes their text to the log of the job.
 */
function hostOf({ session, signal, main }: Workspace): Omit<JobHost, "executor" | "executorId"> {
  return {
    signal,
    runCommand: (args, log) => main(args, logSession(session, log)),
  };
}

function logSession(session: Session, log: JobLog): Session {
  const write = (text: string) => log.write(text);
  return {
    stdout: write,
    stderr: write,
    stdin: () => session.stdin(),
    terminal: false,
    columns: 110,
    debug: session.debug,
    program: session.program,
    onInterrupt: (listener) => session.onInterrupt(listener),
    exit: (code) => session.exit(code),
  };
}

/** Runs one job. */
export async function job({ call, running }: StudyFlags, workspace: Workspace): Promise<CommandResult> {
  const { target, hash } = call;
  if (hash === undefined) {
    throw new UsageError(
      "study job: found no hash, expected DIR HASH; plica study status DIR lists the jobs",
    );
  }
  const dir = await realPath(target);
  const { executor = "by-hand", executorId = "" } = running;
  const { state, reason, attempts } = await runJob(dir, hash, { ...hostOf(workspace), executor, executorId });
  return {
    summary: { hash, state, reason: reason ?? null, attempts: attempts.length },
    lines: [`${state}${reason ? `: ${reason.code}: ${reason.text}` : ""}`],
    exitCode: state === "failed" ? EXIT.failed : state === "lost" ? EXIT.interrupted : EXIT.done,
  };
}

const WATCH_MS = 2000;

/** Shows the states of a study from its folder alone. */
export async function status(
  { call, running }: StudyFlags,
  { screen, signal }: Workspace,
): Promise<CommandResult> {
  const plan = await readPlan(call.target);
  for (;;) {
    const summary = await summarise(call.target, plan.jobs);
    const ended = summary.n_open === 0;
    if (running.watch && !ended && !signal.aborted) {
      screen.line(countLine(summary));
      await pause(WATCH_MS, signal);
      continue;
    }
    const rows = summary.jobs.map(({ kind, name, state, attempts, seconds, hash, reason }) => [
      kind,
      name,
      state,
      String(attempts),
      seconds === null ? "" : seconds.toFixed(1),
      hash,
      reason?.text.slice(0, 100) ?? "",
    ]);
    return {
      summary: { study: call.target, ...summary },
      lines: [
        countLine(summary),
        ...formatTable(["kind", "axes", "state", "attempts", "seconds", "hash", "reason"], rows),
      ],
    };
  }
}

/** Makes the report of what is there. */
export async function report({ call, running }: StudyFlags): Promise<CommandResult> {
  const dir = await realPath(call.target);
  const plan = await readPlan(dir);
  const last = plan.jobs.find(({ kind }) => kind === "report");
  if (!last) throw new ConfigError(`${dir}: found a plan without a report; run the study again`);
  const out = `${dir}/report-now`;
  const data = await writeReport(dir, last, { out, formats: formatsOf(running.format) });
  return {
    summary: { report: out, values: data.rows.length, holes: data.holes.length, counts: data.counts },
    lines: [`${data.rows.length} values, ${data.holes.length} missing`, out],
  };
}

function formatsOf(text: string | undefined): readonly ReportFormat[] {
  if (text === undefined) return REPORT_FORMATS;
  return text.split(",").map((word) => {
    const known = REPORT_FORMATS.find((one) => one === word.trim());
    if (known) return known;
    throw new ConfigError(`--format: found ${word}, expected some of ${REPORT_FORMATS.join(", ")}`);
  });
}

/** Looks at every digest, count and printed number again. */
export async function verify({ call }: StudyFlags): Promise<CommandResult> {
  const found = await verifyStudy(await realPath(call.target));
  const { files, jobs, numbers, problems } = found;
  return {
    summary: { ...found },
    lines: [
      ...problems,
      `${files} files of ${jobs} jobs and ${numbers} printed numbers read again: ${
        problems.length === 0 ? "all as they were" : `${problems.length} problems`
      }`,
    ],
    exitCode: problems.length === 0 ? EXIT.done : EXIT.failed,
  };
}

/** Ends a study. */
export async function cancel({ call }: StudyFlags, workspace: Workspace): Promise<CommandResult> {
  const dir = await realPath(call.target);
  const context = {
    dir,
    program: workspace.session.program,
    slurm: { extra: [], prolog: "" },
    host: hostOf(workspace),
    onError: workspace.screen.line,
  };
  const count = await cancelStudy(dir, (name) => openExecutor(namesExecutor(name) ? name : "local", context));
  return { summary: { cancelled: count }, lines: [`${count} jobs ended or taken back`] };
}

/** Writes a study as the workflow of another program. */
export async function exportTo({ call, running }: StudyFlags, workspace: Workspace): Promise<CommandResult> {
  if (running.to === undefined) throw new UsageError("--to is missing: name what to export to, snakemake");
  const read = await readStudyFile(call.target);
  const { plan } = await planStudy({ ...read, folder: await realPath(read.folder) });
  const dir = call.outputDir ?? read.study.name;
  const file = await exportSnakemake(dir, plan, { program: workspace.session.program });
  const phases = Object.fromEntries(phaseCounts(plan.jobs));
  return { summary: { file, phases }, lines: [`${plan.jobs.length} jobs`, file] };
}
