/**
 * What the machinery of a study costs: 60 images, the whole study against the work of its jobs.
 *
 *     deno run -A bench/study.ts [local|inline]
 *
 * Processor seconds of everything that ran, and wall time with one job at once, over those of the jobs' own work: reading,
 * computing, writing. What is left is the start of processes, digests, states and the waiting of the executor.
 */
const CLI = new URL("../cli.ts", import.meta.url).pathname;
const FAST = "accelerator: wasm, threads: 1";
const solver = (algorithm: string) =>
  `{ reconstruct: { algorithm: ${algorithm}, num-epochs: 100, ${FAST} } }`;
const STUDY = `
study: 1
name: overhead
axes:
  dose: [1e3, 3e3, 1e4, 3e4, 1e5]
  view: { dense: { overlap: 0.7 }, middle: { overlap: 0.65 }, sparse: { overlap: 0.6 } }
data:
  simulate: { size: 64, positions: 400, step: 4.8, ${FAST} }
  split: none
methods: { lsqml: ${solver("LSQML")}, rpie: ${solver("rPIE")}, epie: ${solver("ePIE")}, osm: ${
  solver("OSM")
} }
`;

interface Row {
  readonly kind: string;
  readonly seconds: number;
  readonly cpu_seconds: number;
}

/** Processor seconds of all children of this process that have ended, in the clock ticks of Linux. */
async function childSeconds(): Promise<number> {
  const text = await Deno.readTextFile("/proc/self/stat");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

const [executor = "local"] = Deno.args;
const folder = await Deno.makeTempDir({ prefix: "plica-overhead-" });
try {
  await Deno.writeTextFile(`${folder}/study.yaml`, STUDY);
  const args = [`${folder}/study.yaml`, `--output-dir=${folder}/out`, `--executor=${executor}`, "--jobs=1"];
  const [began, before] = [performance.now(), await childSeconds()];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", CLI, "study", "run", ...args, "--json"],
    stdout: "piped",
    stderr: "null",
  });
  const { code, stdout } = await child.output();
  const wall = (performance.now() - began) / 1000, cpu = await childSeconds() - before;
  if (code !== 0) throw new Error(`the study ended with ${code}`);
  const { jobs }: { jobs: readonly Row[] } = JSON.parse(new TextDecoder().decode(stdout));
  const work = jobs.filter(({ kind }) => kind !== "report");
  const sum = (pick: (row: Row) => number) => work.reduce((total, row) => total + pick(row), 0);
  const images = jobs.filter(({ kind }) => kind === "reconstruct").length;
  const line = (name: string, whole: number, own: number) =>
    `${name.padEnd(18)} ${whole.toFixed(1).padStart(7)} s in all, ${own.toFixed(1).padStart(7)} s of work, ${
      (100 * (whole - own) / own).toFixed(1)
    } % more`;
  console.log(`${executor}: ${jobs.length} jobs, ${images} images`);
  console.log(line("wall", wall, sum(({ seconds }) => seconds)));
  console.log(line("processor seconds", cpu, sum(({ cpu_seconds }) => cpu_seconds)));
} finally {
  await Deno.remove(folder, { recursive: true });
}
