/**
 * The thread of the page that computes: opens scans, reconstructs, renders. Nothing leaves it but messages to the page.
 *
 * @module
 */
import { messageOf, PLICA_VERSION } from "../src/common/mod.ts";
import {
  configFields,
  type ConfigLayer,
  type ExecutionConfig,
  type FieldInfo,
  fieldsOf,
  fromText,
  resolveConfig,
} from "../src/config/mod.ts";
import { type AnyDevice, openDevice } from "../src/engine/mod.ts";
import { encodeNpz, type NpzArrays } from "../src/formats/mod.ts";
import { drawObject, type ObjectView, readObjectFile, renderObject } from "../src/image/mod.ts";
import { reconstructImage, shippedImageNetwork } from "../src/network/mod.ts";
import { encodePng, renderComplex, renderValues } from "../src/pictures/mod.ts";
import { openChecked, type Probe, READING_SETTINGS, readingOptions, type Scan } from "../src/scan/mod.ts";
import { scanArrays } from "../src/simulation/mod.ts";
import {
  initialFrom,
  judgeImage,
  lightMask,
  type Solution,
  solutionArrays,
  type SolutionState,
  solve,
  verdictLines,
} from "../src/solver/mod.ts";
import { exampleOf, EXAMPLES } from "./examples.ts";
import type { PlainField, Report, Request } from "./messages.ts";
import { pictureOf } from "./pictures.ts";

/** Milliseconds between pictures of a run on its way: rendering must not cost as much as the epochs. */
const BETWEEN_PICTURES = 250;

const SOLVER_FIELDS = fieldsOf("reconstruct").filter(({ section }) => section === "solver");
const DEVICE: readonly string[] = ["execution.accelerator", "execution.threads"];
const DEVICE_FIELDS = fieldsOf("reconstruct").filter(({ path }) => DEVICE.includes(path));
const READING: readonly string[] = READING_SETTINGS;
const READING_FIELDS = configFields.filter(({ path }) => READING.includes(path));
const plain = ({ schema: _, ...facts }: FieldInfo): PlainField => facts;
const SCOPE = globalThis as unknown as {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(message: Report, options?: { transfer: Transferable[] }): void;
};

/** Texts of settings by key. */
type Texts = Readonly<Record<string, string>>;

interface Shown {
  readonly object: SolutionState["object"];
  readonly weight: Float32Array;
  readonly title: string;
}

/** One page: its device, its scan, its result. */
class Session {
  #device: { readonly asked: string; readonly opened: Promise<AnyDevice> } | undefined;
  #scan: Scan | undefined;
  #shown: Shown | undefined;
  #solution: Solution | undefined;
  /** What is saved: of the solver, or of the network where it came last. */
  #arrays: NpzArrays | undefined;
  #view: ObjectView = "phase";
  #stop = new AbortController();
  #drawnAt = -Infinity;
  /** Scans are opened and reconstructed one after another. */
  #turn: Promise<void> = Promise.resolve();

  /** Answers a request. Another scan ends the run of the one before. */
  async answer(request: Request): Promise<void> {
    if (request.kind === "open" || request.kind === "example") {
      this.#stop.abort();
      return await this.#inTurn(() =>
        request.kind === "open" ? this.#open(request.source, request.reading) : this.#example(request.name)
      );
    }
    if (request.kind === "start") return await this.#inTurn(() => this.#start(request));
    if (request.kind === "stop") return this.#stop.abort();
    if (request.kind === "pattern") return await this.#pattern(request.index);
    if (request.kind === "save") return await this.#save(request.format);
    this.#view = request.view;
    await this.#drawObject();
  }

  async #inTurn(act: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(act);
    this.#turn = mine.catch(() => undefined); // the one who asked is told
    await mine;
  }

  async #example(name: string): Promise<void> {
    const bytes = await encodeNpz(scanArrays(exampleOf(name)));
    await this.#open(new File([new Uint8Array(bytes)], `${name} (simulated)`), {});
  }

  async #open(source: File | string, reading: Texts): Promise<void> {
    const { values: { data } } = resolveConfig([layerOf("data", READING_FIELDS, reading)]);
    const { scan, notes, doubts } = await openChecked(source, readingOptions(data));
    await this.#scan?.close();
    this.#scan = scan;
    this.#shown = this.#solution = this.#arrays = undefined;
    const { n: patterns, size, meanCounts, pixelSizeM, positionsPx: { x, y } } = scan;
    post({
      kind: "scan",
      facts: {
        name: scan.source,
        patterns,
        size,
        meanCounts,
        pixelSizeM,
        x: x.slice(),
        y: y.slice(),
        notes: [...notes, ...doubts],
      },
    });
    await this.#drawProbe(scan.probe);
    await this.#pattern(0);
  }

  async #start({ method, settings, goOn }: Extract<Request, { kind: "start" }>): Promise<void> {
    const scan = this.#opened();
    const config = resolveConfig([
      layerOf("solver", SOLVER_FIELDS, settings),
      layerOf("execution", DEVICE_FIELDS, settings),
    ]);
    const initial = goOn && this.#solution
      ? initialFrom(await readObjectFile(await encodeNpz(solutionArrays(this.#solution))), {
        scan,
        continues: true,
      })
      : undefined;
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const device = await this.device(config.values.execution);
    const common = {
      device,
      signal,
      onProgress: ({ phase, done, total }: { phase: string; done: number; total: number }) =>
        post({ kind: "progress", phase, done, total }),
    };
    const solution = await solve(scan, {
      ...common,
      config,
      initial,
      onEpoch: async (epoch, state) => {
        post({ kind: "epoch", epoch });
        if (performance.now() - this.#drawnAt < BETWEEN_PICTURES) return;
        await this.#show(await state(), `Epoch ${epoch.epoch}`);
      },
    });
    this.#solution = solution;
    this.#arrays = solutionArrays(solution);
    await this.#show(solution, `${solution.algorithm}, ${solution.epochs.length} epochs`);
    await this.#judge(solution);
    if (method === "network" && !solution.interrupted) {
      const { weights } = await shippedImageNetwork();
      const image = await reconstructImage(scan, { ...common, weights });
      const { weight, probe, chosen, height, width, data, x0, y0 } = image;
      const found = { object: { height, width, data, x0, y0 }, weight, probe };
      await this.#show(found, `Network, image "${chosen}"`);
      await this.#judge({ ...solution, ...found, positionsPx: scan.positionsPx });
      this.#arrays = solutionArrays({ ...solution, ...found, memory: new Map() }, { image: chosen });
    }
    post({ kind: "done", interrupted: solution.interrupted, canGoOn: true });
  }

  async #judge(solution: Solution): Promise<void> {
    const { epochs } = solution;
    const verdict = await judgeImage(this.#opened(), solution, { epochs, given: this.#opened().probe });
    if (verdict) post({ kind: "verdict", verdict, lines: verdictLines(verdict) });
  }

  async #show(state: Pick<SolutionState, "object" | "weight" | "probe">, title: string): Promise<void> {
    const { object: { height, width, data, x0, y0 }, weight, probe } = state;
    this.#shown = { object: { height, width, data, x0, y0 }, weight, title };
    await this.#drawObject();
    await this.#drawProbe(probe);
    this.#drawnAt = performance.now();
  }

  async #drawObject(): Promise<void> {
    if (!this.#shown) return;
    const { object, weight, title } = this.#shown;
    const { rendered, label, mask } = renderObject({ ...object, mask: lightMask(weight) }, {
      view: this.#view,
    });
    const picture = await pictureOf(rendered, { label, mask, pixelSizeM: this.#opened().pixelSizeM });
    post({ kind: "object", picture, title }, [picture.bitmap]);
  }

  async #drawProbe({ size, data }: Probe): Promise<void> {
    const image = { height: size, width: size, data: Float64Array.from(data.subarray(0, 2 * size * size)) };
    const rendered = renderComplex(image, { percentiles: [0, 100] });
    const picture = await pictureOf(rendered, {
      label: "phase (rad)",
      pixelSizeM: this.#opened().pixelSizeM,
    });
    post({ kind: "probe", picture }, [picture.bitmap]);
  }

  async #pattern(index: number): Promise<void> {
    const scan = this.#opened();
    const photons = await scan.readCounts([index]);
    const data = Float64Array.from(photons, (value) => Math.log10(1 + Math.max(0, value)));
    const rendered = renderValues({ width: scan.size, height: scan.size, data }, { percentiles: [0, 100] });
    const picture = await pictureOf(rendered, { label: "log₁₀ (1 + photons)" });
    const counts = photons.reduce((sum, value) => sum + value, 0);
    post({ kind: "pattern", picture, index, counts }, [picture.bitmap]);
  }

  async #save(format: "npz" | "png"): Promise<void> {
    if (!this.#arrays || !this.#shown) throw new Error("there is no result yet: reconstruct first");
    const { object, weight, title } = this.#shown;
    const bytes = format === "npz" ? await encodeNpz(this.#arrays) : await encodePng(
      await drawObject(
        { ...object, mask: lightMask(weight), pixelSizeM: this.#opened().pixelSizeM },
        { view: this.#view, title },
      ),
    );
    const name = format === "npz" ? "reconstruction.npz" : `${this.#view}.png`;
    post({ kind: "file", name, bytes: new Uint8Array(bytes) });
  }

  #opened(): Scan {
    if (!this.#scan) throw new Error("there is no scan yet: open a file or an example");
    return this.#scan;
  }

  /** Opens the device at the first call and where another is asked for, and says which it is. */
  async device(
    { accelerator, threads }: Pick<ExecutionConfig, "accelerator" | "threads"> = resolveConfig().values
      .execution,
  ): Promise<AnyDevice> {
    const asked = `${accelerator} ${threads}`;
    if (this.#device?.asked !== asked) {
      await this.#device?.opened.then((device) => device.dispose(), () => undefined);
      const opened = openDevice({ accelerator, threads: threads ?? undefined }).then((device) => {
        post({ kind: "device", name: device.info.name });
        return device;
      });
      this.#device = { asked, opened };
    }
    return await this.#device.opened;
  }
}

/** Texts of a form as a layer of settings. */
function layerOf(
  section: "data" | "solver" | "execution",
  fields: readonly FieldInfo[],
  texts: Texts,
): ConfigLayer {
  const given = fields.filter(({ key }) => key in texts).map((
    info,
  ) => [info.key, fromText(info, texts[info.key])]);
  return { layer: "program", values: { [section]: Object.fromEntries(given) } };
}

function post(message: Report, transfer: Transferable[] = []): void {
  SCOPE.postMessage(message, { transfer });
}

const session = new Session();
SCOPE.onmessage = ({ data: request }) => {
  session.answer(request).catch((error) =>
    post({ kind: "failed", during: request.kind, message: messageOf(error) })
  );
};
post({
  kind: "ready",
  fields: [...SOLVER_FIELDS, ...DEVICE_FIELDS].map(plain),
  reading: READING_FIELDS.map(plain),
  examples: EXAMPLES,
  version: PLICA_VERSION,
});
// a device that cannot be opened is told of when something is to be computed
session.device().catch(() => undefined);
