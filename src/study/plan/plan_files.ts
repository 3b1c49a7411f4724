/**
 * The plan of a study in its folder.
 *
 * @module
 */
import { ConfigError, isRecord } from "../../common/mod.ts";
import { linkTo, makeFolder, readTextIfThere, writeFileAtomic } from "../../host/mod.ts";
import { jobPaths } from "../jobs/state.ts";
import { axesText, type Job, type Plan } from "./job.ts";

/** Writes `plan.json`, the folder of each job, and links to them by phase and axes. */
export async function writePlan(dir: string, plan: Plan): Promise<void> {
  const { jobs, ...study } = plan;
  for (const job of jobs) {
    const { folder, job: path } = jobPaths(dir, job.hash);
    const text = `${JSON.stringify({ job, study }, null, 1)}\n`;
    const before = await readTextIfThere(path);
    if (before !== undefined) refuseCollision(before, job);
    if (before === text) continue;
    await makeFolder(folder);
    await writeFileAtomic(path, text);
    const links = `${dir}/by/${job.kind}`;
    await makeFolder(links);
    await linkTo(`../../jobs/${job.hash}`, `${links}/${axesText(job.axes)}`);
  }
  await writeFileAtomic(`${dir}/plan.json`, `${JSON.stringify(plan)}\n`);
}

/** Two jobs of one name would take each other's results. */
function refuseCollision(before: string, job: Job): void {
  const value: unknown = JSON.parse(before);
  const known = isRecord(value) && isRecord(value.job) ? value.job : {};
  if (known.kind === job.kind && JSON.stringify(known.settings) === JSON.stringify(job.settings)) return;
  throw new ConfigError(
    `job ${job.hash}: found another job of this name, expected its settings; use another output folder`,
  );
}

/** Reads the plan of a folder. Throws `ConfigError` where there is none. */
export async function readPlan(dir: string): Promise<Plan> {
  const text = await readTextIfThere(`${dir}/plan.json`);
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  if (isRecord(value) && Array.isArray(value.jobs)) return value as unknown as Plan;
  throw new ConfigError(
    `${dir}: found no plan.json, expected the folder of a study; name the --output-dir of plica study run`,
  );
}
