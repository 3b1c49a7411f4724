/**
 * Models of PtychoPINN as they are: its PyTorch bundle, Lightning checkpoints, its TensorFlow bundle.
 *
 * @module
 */
import { DataError } from "../../common/mod.ts";
import type { ModelConfig } from "../../config/mod.ts";
import {
  type Bundle,
  bundleOf,
  decodePickle,
  isTorchFile,
  openZip,
  readBundle,
  readKerasConvolutions,
  readTorch,
  readTorchZip,
  type StoredArray,
  type ZipArchive,
} from "../../formats/mod.ts";
import { openSource, type SourceLike, type SourceOptions } from "../../host/mod.ts";
import { HISTORICAL_WIDTHS } from "../model/historical.ts";
import { bundleContent, PATTERN_SIZE } from "../model/model.ts";
import type { Statistic } from "../model/statistics.ts";
import { describe, type Description } from "./settings.ts";
import { checkWeights, kerasWeights, torchWeights, type WeightsByName, withShapes } from "./weights.ts";

/** Folder of the network alone in a bundle of PtychoPINN. */
const NETWORK = "diffraction_to_obj";
const MANIFEST = "manifest.dill";
const SCALING = "torch_scaling_metadata.pt";
/** Most bytes of a table, and of the weights of a model. */
const TABLE_BYTES = 1 << 24, MODEL_BYTES = 2 ** 31;

/** Reads a file of one kind, undefined where it is of another. */
type Reader = (zip: ZipArchive) => Promise<Bundle> | undefined;

const READERS: readonly Reader[] = [
  (zip) => has(zip, MANIFEST) ? readForeignBundle(zip) : undefined,
  (zip) => isTorchFile(zip) ? readCheckpoint(zip) : undefined,
];

/**
 * Reads a model: a bundle of Plica, or one of PtychoPINN (PyTorch `wts.h5.zip`, Lightning `.ckpt`, TensorFlow
 * `wts.h5.zip`) as the bundle that `plica convert` makes of it. Nothing of a pickle is run. Throws `DataError` for other
 * architectures, unknown weights and damaged files.
 */
export async function readModelFile(source: SourceLike, options: SourceOptions = {}): Promise<Bundle> {
  const open = await openSource(source, options);
  try {
    const zip = await openZip(open);
    for (const read of READERS) {
      const bundle = read(zip);
      if (bundle) return await bundle;
    }
  } finally {
    await open.close();
  }
  return await readBundle(source, options);
}

/** True for a model of Plica or PtychoPINN. */
export async function isModelFile(source: SourceLike): Promise<boolean> {
  const open = await openSource(source);
  try {
    const head = await open.read(0, Math.min(2, open.size));
    if (head[0] !== 0x50 || head[1] !== 0x4b) return false;
    const zip = await openZip(open);
    return has(zip, MANIFEST) || isTorchFile(zip) || has(zip, "manifest.json");
  } finally {
    await open.close();
  }
}

const has = (zip: ZipArchive, name: string): boolean => zip.entries.some((entry) => entry.name === name);

function readForeignBundle(zip: ZipArchive): Promise<Bundle> {
  if (has(zip, `${NETWORK}/model.pth`)) return readTorchBundle(zip);
  if (has(zip, `${NETWORK}/model.keras`)) return readKerasBundle(zip);
  const saved = zip.entries.some(({ name }) => name.endsWith("saved_model.pb"));
  throw refuse(
    zip,
    `${NETWORK}/`,
    saved ? "a SavedModel of TensorFlow" : "no model.pth and no model.keras",
    "the weights of PtychoPINN's network",
    saved
      ? "load it with PtychoPINN and save it again, which writes model.keras"
      : "train or copy the model again",
  );
}

async function readTorchBundle(zip: ZipArchive): Promise<Bundle> {
  const params = await readTable(zip, `${NETWORK}/params.dill`);
  const scaling = has(zip, SCALING)
    ? await readTorch(await zip.entry(SCALING).read({ atMost: TABLE_BYTES }), {
      name: `${zip.file}: ${SCALING}`,
    })
    : new Map();
  const key = `${NETWORK}/model.pth`;
  const state = await readTorch(await zip.entry(key).read({ atMost: MODEL_BYTES }), {
    name: `${zip.file}: ${key}`,
  });
  return await asBundle(torchWeights(state, { file: zip.file, key }), {
    zip,
    program: "PtychoPINN (PyTorch)",
    description: describe([params, ...tablesIn(scaling)], {
      file: zip.file,
      version: String(params.get("_version")),
    }),
  });
}

async function readCheckpoint(zip: ZipArchive): Promise<Bundle> {
  const checkpoint = await readTorchZip(zip, { opaque: true });
  const table = checkpoint instanceof Map ? checkpoint : new Map<unknown, unknown>();
  const settings: unknown = table.get("hyper_parameters");
  if (!(settings instanceof Map) || !table.has("state_dict")) {
    throw refuse(
      zip,
      "data.pkl",
      "a file of torch.save without hyper_parameters and state_dict",
      "a checkpoint of PtychoPINN by Lightning",
      "name a .ckpt of its training, or its bundle wts.h5.zip",
    );
  }
  return await asBundle(torchWeights(table.get("state_dict"), { file: zip.file, key: "state_dict" }), {
    zip,
    program: "PtychoPINN (Lightning)",
    description: describe(tablesIn(settings), {
      file: zip.file,
      version: String(table.get("pytorch-lightning_version")),
    }),
  });
}

async function readKerasBundle(zip: ZipArchive): Promise<Bundle> {
  const params = await readTable(zip, `${NETWORK}/params.dill`);
  const description = describe([params], { file: zip.file, version: String(params.get("_version")) });
  const key = `${NETWORK}/model.keras`;
  const layers = await readKerasConvolutions(
    await zip.entry(key).read({ atMost: MODEL_BYTES }),
    `${zip.file}: ${key}`,
  );
  const widths = HISTORICAL_WIDTHS[description.size];
  const levels = { encoder: widths?.encoder.length ?? 0, decoder: widths?.decoder.length ?? 0 };
  return await asBundle(kerasWeights(layers, { file: zip.file, levels }), {
    zip,
    program: "PtychoPINN (TensorFlow)",
    description,
  });
}

/** The table itself, and those in it. */
function tablesIn(value: unknown): Map<unknown, unknown>[] {
  if (!(value instanceof Map)) return [];
  return [
    value,
    ...[...value.values()].filter((inner): inner is Map<unknown, unknown> => inner instanceof Map),
  ];
}

async function readTable(zip: ZipArchive, key: string): Promise<Map<unknown, unknown>> {
  const bytes = await zip.entry(key).read({ atMost: TABLE_BYTES });
  const table = decodePickle(bytes, { file: zip.file, key, opaque: true });
  if (table instanceof Map) return table;
  throw refuse(zip, key, "no dictionary", "settings by name", "train or copy the model again");
}

/** Checks the weights against the network, and wraps them as a bundle. */
async function asBundle(
  weights: WeightsByName,
  { zip, program, description }: { zip: ZipArchive; program: string; description: Description },
): Promise<Bundle> {
  const { size, version, counts } = description;
  const config: ModelConfig = withShapes(description.config, weights);
  checkWeights(weights, { config, size, file: zip.file });
  const scalar = (data: number, rank: number): Statistic => ({
    shape: Array(rank).fill(1),
    dtype: "f32",
    data: Float32Array.of(data),
  });
  const statistics = new Map<string, Statistic>([[PATTERN_SIZE, scalar(size, 1)]]);
  if (counts) {
    statistics.set("rmsInputScale", scalar(counts.inputScale, 3));
    statistics.set("meanIntensity", scalar(counts.meanIntensity, 1));
  }
  const origin = {
    config: { values: { model: config } },
    trainingData: [],
    device: "another program",
    metrics: {},
  };
  const all: ReadonlyMap<string, StoredArray> = new Map(
    [...weights].filter(([name]) => config.profile === "counts" || !/^s[12]$/.test(name)),
  );
  const content = bundleContent({ config, size, weights: all, statistics }, origin);
  return await bundleOf({
    ...content,
    manifest: { ...content.manifest, programVersion: `${program} ${version}` },
  }, zip.file);
}

function refuse(zip: ZipArchive, key: string, found: string, expected: string, remedy: string): DataError {
  return new DataError({ file: zip.file, key, found, expected, remedy });
}
