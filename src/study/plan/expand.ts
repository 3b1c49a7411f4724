/**
 * Makes the jobs of a study: every point of the axes asks for its image, and each job for what it needs.
 *
 * @module
 */
import { ConfigError } from "../../common/mod.ts";
import { factsOf, openSource, sha256OfSource } from "../../host/mod.ts";
import type { ReadStudy } from "../file/read.ts";
import type { Kind, StudyFile } from "../file/schema.ts";
import { argumentsOf, type CommandSettings, filesOf, identityOf } from "../file/settings.ts";
import { type CheckedStudy, checkMethods, type Method } from "./check.ts";
import { jobHash } from "./identity.ts";
import type { Job, JobAxes, JobInput, Json, Plan, SplitName } from "./job.ts";
import { resourcesOf } from "./resources.ts";

/** Most jobs of a study. */
const MOST_JOBS = 100_000;

/** One image that the study asks for. */
interface Point {
  readonly dose: number | undefined;
  readonly view: string;
  readonly method: string;
  readonly split: SplitName;
  readonly repeat: number;
}

/** Makes the plan of a study. Throws `ConfigError` for settings that cannot work and for a file that is missing. */
export async function planStudy(
  read: ReadStudy,
): Promise<{ readonly plan: Plan; readonly notices: readonly string[] }> {
  const checked = checkMethods(read);
  const points = pointsOf(checked);
  const maker = new JobMaker(checked);
  for (const point of points) await maker.compare(point);
  await maker.report();
  const { study, folder } = read;
  const jobs = [...maker.jobs.values()];
  const plan = {
    name: study.name,
    folder,
    retries: study.retries,
    ...(study.cache === undefined ? {} : { cache: absolute(study.cache, folder) }),
    jobs,
  };
  return { plan, notices: checked.notices };
}

function pointsOf({ study, methods, doses, splits, source }: CheckedStudy): Point[] {
  const { axes: { view, repeat }, exclude } = study;
  const count = doses.length * Object.keys(view).length * methods.length * splits.length * repeat;
  if (count > MOST_JOBS) {
    throw new ConfigError(
      `${source}: axes: found ${count} images, expected at most ${MOST_JOBS}; split the study`,
    );
  }
  const points = doses.flatMap((dose) =>
    Object.keys(view).flatMap((name) =>
      Array.from({ length: repeat }, (_, index) => index).flatMap((index) =>
        splits.flatMap((split) =>
          methods.map(({ id }) => ({ dose, view: name, method: id, split, repeat: index }))
        )
      )
    )
  );
  return points.filter((point) => !exclude.some((rule) => matches(point, rule)));
}

function matches(point: Point, rule: StudyFile["exclude"][number]): boolean {
  return Object.entries(rule).every(([axis, value]) =>
    value === undefined || Reflect.get(point, axis) === value
  );
}

type Draft = Pick<Job, "kind" | "axes" | "args" | "inputs"> & {
  readonly settings?: Readonly<Record<string, Json>>;
  /** Settings of the identity, where they are not `args` and `settings`. */
  readonly identity?: Json;
  readonly needs?: Job["needs"];
};

class JobMaker {
  readonly jobs = new Map<string, Job>();
  readonly #made = new Map<string, Promise<Job>>();
  readonly #compared = new Map<string, { readonly axes: JobAxes; readonly images: Map<string, Job> }>();
  readonly #digests = new Map<string, Promise<string>>();

  constructor(readonly checked: CheckedStudy) {}

  /** Adds an image to the comparison of its place. */
  async compare(point: Point): Promise<void> {
    const { method, ...axes } = point;
    const image = await this.#image(point);
    const key = JSON.stringify(axes);
    const group = this.#compared.get(key) ?? { axes, images: new Map() };
    this.#compared.set(key, group);
    group.images.set(method, image);
  }

  /** The comparisons and the report: the last jobs. */
  async report(): Promise<void> {
    const { study } = this.checked;
    const compares: Job[] = [];
    for (const { axes, images } of this.#compared.values()) {
      const { reference, registration, "ms-ssim-sigma": sigma } = study.compare;
      const truth: JobInput = reference === "truth"
        ? { job: (await this.#data(axes)).hash, path: this.#scanName(axes.split) }
        : await this.#file(reference);
      compares.push(
        await this.#add({
          kind: "compare",
          axes,
          args: [`--ms-ssim-sigma=${sigma}`, ...(registration ? [] : ["--no-registration"])],
          inputs: {
            reference: truth,
            ...Object.fromEntries(
              [...images].map((
                [id, job],
              ) => [`image:${id}`, { job: job.hash, path: this.checked.resultOf(id) }]),
            ),
          },
          needs: "some",
        }),
      );
    }
    const { labels, study: { report, axes: { view } } } = this.checked;
    await this.#add({
      kind: "report",
      axes: {},
      args: [],
      settings: { report: report as Json, labels, views: Object.keys(view), name: study.name },
      inputs: Object.fromEntries(
        compares.map((job) => [`image:${job.hash}`, { job: job.hash, path: "comparison.json" }]),
      ),
      needs: "some",
    });
  }

  /** The job whose result is the image of a point. */
  #image(point: Point): Promise<Job> {
    const { dose, view, split, repeat, method: id } = point;
    const method = this.checked.method(id);
    const axes = {
      dose,
      ...(method.data === "view" || method.network ? { view } : {}),
      method: id,
      split,
      repeat,
    };
    return this.#once(`image ${JSON.stringify(axes)}`, async () => {
      const data = await this.#measured(point, method.network ? "view" : method.data);
      if (method.network) return await this.#inference(method, { axes, data });
      if (method.command) return await this.#command(method, { axes, data });
      const from = method.from === undefined ? undefined : {
        job: (await this.#image({ ...point, method: method.from })).hash,
        path: this.checked.resultOf(method.from),
      };
      return await this.#ofCommand("reconstruct", method.reconstruct, {
        axes,
        inputs: { data, ...(from ? { initial: from } : {}) },
        seed: this.checked.study.seed.grouping + repeat,
      });
    });
  }

  async #inference(method: Method, { axes, data }: { axes: JobAxes; data: JobInput }): Promise<Job> {
    const model = method.model === undefined
      ? { job: (await this.#training(method, axes)).hash, path: "wts.h5.zip" }
      : await this.#file(method.model);
    return await this.#ofCommand("infer", method.infer, { axes, inputs: { model, data } });
  }

  #training(method: Method, { dose, view, repeat = 0 }: JobAxes): Promise<Job> {
    const axes = { dose, ...(method.data === "view" ? { view } : {}), method: method.id, repeat };
    return this.#once(`training ${JSON.stringify(axes)}`, async () => {
      const [split] = this.checked.halves;
      const data = await this.#measured({ dose, view, split, repeat }, method.data);
      return await this.#ofCommand("train", method.train, {
        axes,
        inputs: { data },
        seed: this.checked.study.seed.grouping + repeat,
      });
    });
  }

  #command(method: Method, { axes, data }: { axes: JobAxes; data: JobInput }): Promise<Job> {
    const { command = [], id } = method;
    const seed = this.checked.study.seed.grouping + (axes.repeat ?? 0);
    return this.#add({
      kind: "command",
      axes,
      args: command,
      settings: { seed, result: this.checked.resultOf(id) },
      inputs: { data },
    });
  }

  /** The patterns that a method sees: of the view, or all of the dose. */
  async #measured(
    { dose, view, split, repeat }: JobAxes,
    of: "view" | "dose",
  ): Promise<JobInput> {
    if (of === "dose") return { job: (await this.#data({ dose, repeat })).hash, path: this.#scanName(split) };
    return { job: (await this.#view({ dose, view, repeat })).hash, path: `${view}_${split}.npz` };
  }

  #view({ dose, view = "", repeat = 0 }: JobAxes): Promise<Job> {
    const axes = { dose, view, repeat };
    const { study, halves: splits } = this.checked;
    return this.#once(`view ${JSON.stringify(axes)}`, async () => {
      const data = await this.#data(axes);
      return await this.#add({
        kind: "view",
        axes,
        args: [],
        settings: {
          view,
          splits,
          overlap: study.axes.view[view].overlap ?? null,
          views: study.views as Json,
          subsampling: study.seed.subsampling + repeat,
          grouping: study.seed.grouping + repeat,
        },
        inputs: Object.fromEntries(
          splits.map((split) => [split, { job: data.hash, path: this.#scanName(split) }]),
        ),
      });
    });
  }

  /** The scans of a dose. */
  #data({ dose, repeat = 0 }: JobAxes): Promise<Job> {
    const { study: { data, seed }, simulate } = this.checked;
    const axes = { dose, ...(data.file === undefined ? { repeat } : {}) };
    return this.#once(`data ${JSON.stringify(axes)}`, async () => {
      if (data.file !== undefined) {
        const inputs = { data: await this.#file(data.file) };
        return await this.#add({
          kind: "import",
          axes: {},
          args: [],
          settings: { split: data.split },
          inputs,
        });
      }
      const extra = [`--dose=${dose}`, `--split=${data.split}`];
      return await this.#ofCommand("simulate", simulate, {
        axes,
        inputs: {},
        seed: seed.simulation + repeat,
        extra,
      });
    });
  }

  #scanName(split: SplitName | undefined): string {
    return split === "all" || split === undefined ? "scan.npz" : `scan_${split}.npz`;
  }

  /** A job of one of Plica's commands with flags. */
  async #ofCommand(
    kind: CommandSettings["command"],
    settings: CommandSettings,
    { axes, inputs, seed, extra = [] }: {
      readonly axes: JobAxes;
      readonly inputs: Readonly<Record<string, JobInput>>;
      readonly seed?: number;
      readonly extra?: readonly string[];
    },
  ): Promise<Job> {
    const files = await Promise.all(
      filesOf(settings).map(async ({ flag, path }) => [`flag:${flag}`, await this.#file(path)] as const),
    );
    const given = [...extra, ...(seed === undefined ? [] : [`--seed=${seed}`])];
    return await this.#add({
      kind,
      axes,
      args: [...argumentsOf(settings), ...given],
      identity: { flags: identityOf(settings) as Json, given },
      inputs: { ...inputs, ...Object.fromEntries(files) },
    });
  }

  #once(key: string, make: () => Promise<Job>): Promise<Job> {
    const made = this.#made.get(key) ?? make();
    this.#made.set(key, made);
    return made;
  }

  async #add(draft: Draft): Promise<Job> {
    const { kind, axes, args, inputs, settings = {}, identity, needs = "all" } = draft;
    const digests = Object.fromEntries(
      Object.entries(inputs).map(([role, input]): [string, Json] => [
        role,
        "job" in input ? { job: input.job, path: input.path } : { sha256: input.sha256 },
      ]),
    );
    const hash = await jobHash({ kind, settings: identity ?? { args, settings }, inputs: digests });
    const known = this.jobs.get(hash);
    if (known) return known;
    const before = Object.values(inputs).map((input) =>
      "job" in input ? (this.jobs.get(input.job)?.level ?? -1) : -1
    );
    const job = {
      hash,
      kind,
      axes: present(axes),
      args,
      settings,
      inputs,
      needs,
      level: 1 + Math.max(-1, ...before),
      resources: resourcesOf(this.checked.study, kind),
    };
    this.jobs.set(hash, job);
    if (this.jobs.size <= MOST_JOBS) return job;
    throw new ConfigError(`${this.checked.source}: found more than ${MOST_JOBS} jobs; split the study`);
  }

  async #file(path: string): Promise<JobInput> {
    const file = absolute(path, this.checked.folder);
    if (!(await factsOf(file))?.isFile) {
      throw new ConfigError(
        `${this.checked.source}: found no file ${file}, expected what the study names ${path}; put it there, or name another one`,
      );
    }
    const digest = this.#digests.get(file) ?? digestOf(file);
    this.#digests.set(file, digest);
    return { file, sha256: await digest };
  }
}

async function digestOf(file: string): Promise<string> {
  const source = await openSource(file);
  try {
    return await sha256OfSource(source);
  } finally {
    await source.close();
  }
}

function absolute(path: string, folder: string): string {
  return /^([\\/]|[A-Za-z]:)/.test(path) ? path : `${folder}/${path}`;
}

function present(axes: JobAxes): JobAxes {
  return Object.fromEntries(Object.entries(axes).filter(([, value]) => value !== undefined));
}

/** Returns the phases of a plan in their order, with the number of jobs of each. */
export function phaseCounts(jobs: readonly Pick<Job, "kind">[]): Map<Kind, number> {
  const counts = new Map<Kind, number>();
  for (const { kind } of jobs) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
