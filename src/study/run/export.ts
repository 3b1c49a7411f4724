/**
 * A study as the workflow of another program.
 *
 * @module
 */
import { makeFolder, writeFileAtomic } from "../../host/mod.ts";
import { inputJobs, type Plan } from "../plan/job.ts";
import { phaseCounts } from "../plan/expand.ts";
import { writePlan } from "../plan/plan_files.ts";

/** Writes `Snakefile` and `snakemake.json` into the folder of a study: a rule for each kind of job. */
export async function exportSnakemake(
  dir: string,
  plan: Plan,
  { program }: { readonly program: readonly string[] },
): Promise<string> {
  await makeFolder(dir);
  await writePlan(dir, plan);
  const jobs = Object.fromEntries(
    plan.jobs.map((job) => [job.hash, {
      kind: job.kind,
      inputs: inputJobs(job),
      cpus: job.resources.cpus,
      mem_mb: Math.ceil(job.resources.memoryBytes / 2 ** 20),
      gpus: job.resources.gpus,
      runtime: Math.max(1, Math.ceil(job.resources.seconds / 60)),
    }]),
  );
  await writeFileAtomic(`${dir}/snakemake.json`, `${JSON.stringify(jobs, null, 1)}\n`);
  const path = `${dir}/Snakefile`;
  await writeFileAtomic(path, snakefile(plan, program));
  return path;
}

function snakefile(plan: Plan, program: readonly string[]): string {
  const quoted = program.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ").replaceAll("{", "{{")
    .replaceAll("}", "}}");
  return [
    "# Runs the jobs of a study; made by `plica study export --to snakemake`.",
    "# A job whose inputs failed ends well and says so in its state; `plica study status .` shows all states.",
    "import json",
    "",
    'JOBS = json.load(open("snakemake.json"))',
    "",
    "def of_kind(kind):",
    '    return "|".join(hash for hash, job in JOBS.items() if job["kind"] == kind)',
    "",
    "def inputs(wildcards):",
    '    return [f"done/{hash}" for hash in JOBS[wildcards.hash]["inputs"]]',
    "",
    "def fact(name):",
    "    return lambda wildcards: JOBS[wildcards.hash][name]",
    "",
    "rule all:",
    '    input: [f"done/{hash}" for hash in JOBS]',
    ...[...phaseCounts(plan.jobs).keys()].flatMap((kind) => [
      "",
      `rule ${kind === "import" ? "import_scan" : kind}:`,
      "    input: inputs",
      '    output: touch("done/{hash}")',
      "    wildcard_constraints:",
      `        hash=of_kind("${kind}")`,
      '    threads: fact("cpus")',
      "    resources:",
      '        mem_mb=fact("mem_mb"),',
      '        gpus=fact("gpus"),',
      '        runtime=fact("runtime")',
      `    shell: "${quoted} study job . {wildcards.hash} --executor snakemake"`,
    ]),
  ].join("\n") + "\n";
}
