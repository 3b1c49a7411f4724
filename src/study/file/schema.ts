/**
 * Schema of study files.
 *
 * @module
 */
import { z } from "../../deps/zod.ts";

/** Names of views and methods: they become parts of file names and labels of figures. */
const name = z.string().max(64).regex(/^[a-z0-9]+(-[a-z0-9]+)*$/);
const seed = z.int().min(0).max(0xffff_ffff);
const path = z.string().min(1).max(4096);

/** Flags of a command with their values; which there are is checked against the command itself. */
const flags = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]),
);

/** The measures by which a report may be judged or drawn. */
export const METRICS = ["ms_ssim", "ms_ssim_wang", "ssim", "mae", "mse", "psnr", "frc50"] as const;

const view = z.strictObject({
  overlap: z.number().min(0).lt(1).optional(),
});

const point = z.strictObject({
  dose: z.number().optional(),
  view: name.optional(),
  method: name.optional(),
  repeat: z.int().min(0).optional(),
  split: z.enum(["train", "test", "all"]).optional(),
});

const method = z.strictObject({
  label: z.string().min(1).max(80).regex(/^[^\p{Cc}]*$/u).optional(),
  train: flags.optional(),
  model: path.optional(),
  infer: flags.optional(),
  reconstruct: flags.optional(),
  from: name.optional(),
  command: z.array(z.string().max(8192)).min(1).optional(),
  result: path.optional(),
  data: z.enum(["view", "dose"]).default("view"),
});

const resource = z.strictObject({
  cpus: z.int().min(1).max(4096).optional(),
  memory: z.string().regex(/^\d+(\.\d+)?[KMGT]?$/).optional(),
  gpus: z.int().min(0).max(64).optional(),
  time: z.string().regex(/^(\d+d)?(\d+h)?(\d+m)?(\d+s)?$/).min(2).optional(),
});

/** Kinds of jobs, in the order of their phases. */
export const KINDS = [
  "simulate",
  "import",
  "view",
  "train",
  "infer",
  "reconstruct",
  "command",
  "compare",
  "report",
] as const;

/** One of {@linkcode KINDS}. */
export type Kind = typeof KINDS[number];

const resources = z.strictObject(
  Object.fromEntries(["default", ...KINDS].map((kind) => [kind, resource.optional()])) as Record<
    "default" | Kind,
    z.ZodOptional<typeof resource>
  >,
);

const slurm = z.strictObject({
  account: z.string().optional(),
  partition: z.string().optional(),
  qos: z.string().optional(),
  constraint: z.string().optional(),
  gres: z.string().optional(),
  extra: z.array(z.string().regex(/^--[a-z]/)).default([]),
  prolog: z.string().default(""),
  limit: z.int().min(1).optional(),
});

/** The whole file. */
export const studySchema = z.strictObject({
  study: z.literal(1),
  name,
  seed: z.strictObject({
    simulation: seed.default(42),
    grouping: seed.default(123),
    subsampling: seed.default(456),
  }).prefault({}),
  axes: z.strictObject({
    dose: z.array(z.number().gt(0).max(1e14)).min(1).optional(),
    view: z.record(name, view).refine((views) => Object.keys(views).length > 0, "at least one view"),
    repeat: z.int().min(1).max(1000).default(1),
  }),
  exclude: z.array(point).default([]),
  data: z.strictObject({
    simulate: flags.optional(),
    file: path.optional(),
    split: z.enum(["y", "none"]).default("y"),
  }),
  views: z.strictObject({
    select: z.enum(["subsample", "spacing", "spacing-greedy", "all"]).default("subsample"),
    least: z.int().min(1).default(16),
    floor: z.number().min(0).max(1).default(0),
    gridsize: z.int().min(1).max(8).default(1),
    "neighbor-count": z.int().min(1).max(64).default(7),
    neighbours: z.int().min(1).max(64).default(6),
    "probe-diameter": z.number().gt(0).optional(),
    "n-groups": z.int().min(1).optional(),
  }).prefault({}),
  methods: z.record(name, method).refine((all) => Object.keys(all).length > 0, "at least one method"),
  compare: z.strictObject({
    reference: path.default("truth"),
    splits: z.array(z.enum(["train", "test", "all"])).min(1).optional(),
    registration: z.boolean().default(true),
    "ms-ssim-sigma": z.number().min(0).max(100).default(1),
  }).prefault({}),
  report: z.strictObject({
    title: z.string().max(200).optional(),
    metrics: z.array(z.enum(METRICS)).min(1).default(["ms_ssim", "ssim", "mae", "psnr", "frc50"]),
    least: z.partialRecord(z.enum(METRICS), z.number()).default({}),
    split: z.enum(["train", "test", "all"]).optional(),
    pictures: z.boolean().default(true),
  }).prefault({}),
  resources: resources.prefault({}),
  retries: z.int().min(0).max(20).default(2),
  cache: path.optional(),
  slurm: slurm.prefault({}),
  include: path.optional(),
});

/** A checked study. */
export type StudyFile = z.output<typeof studySchema>;

/** A method of a study. */
export type MethodSpec = StudyFile["methods"][string];

/** Resources of a job as they are asked for. */
