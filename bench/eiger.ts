/**
 * From the files of an Eiger detector, 2 Mpixel frames in bitshuffle and LZ4, and a CSV of positions in um to a picture:
 * seconds, memory, and the image beside that from the NPZ of the same scan.
 *
 * usage: PLICA_PYTHON=... deno run -A bench/eiger.ts [GIGABYTES] [N]
 *
 * Python has h5py and hdf5plugin. Default 4 GB of frames, N = 128.
 */
import { compareReconstructions } from "../src/comparison/mod.ts";
import { readObjectFile } from "../src/image/mod.ts";

const [gigabytes, size] = [Number(Deno.args[0] ?? 4), Number(Deno.args[1] ?? 128)];
const FRAME_BYTES = 4 * 1062 * 2068;
const python = Deno.env.get("PLICA_PYTHON") ?? "python3";
const cli = new URL("../cli.ts", import.meta.url).pathname;
const folder = await Deno.makeTempDir({ prefix: "plica-bench-" });

/** Runs a command to its end; seconds, and the largest resident set in MiB. */
async function ran(command: string, ...args: string[]): Promise<{ seconds: number; peakMiB: number }> {
  const begun = performance.now();
  const child = new Deno.Command(command, { args, cwd: folder, stdout: "null", stderr: "piped" }).spawn();
  let peakMiB = 0;
  const watch = setInterval(() => {
    try {
      const status = Deno.readTextFileSync(`/proc/${child.pid}/status`);
      peakMiB = Math.max(peakMiB, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // it has just ended
    }
  }, 50);
  const { code, stderr } = await child.output();
  clearInterval(watch);
  if (code !== 0) {
    throw new Error(`${args.join(" ")} ended with ${code}: ${new TextDecoder().decode(stderr)}`);
  }
  return { seconds: (performance.now() - begun) / 1000, peakMiB: Math.round(peakMiB) };
}

const plica = (...args: string[]) => ran(Deno.execPath(), "run", "-A", cli, ...args);

/** Phase and amplitude SSIM against the simulated object. */
async function scores(out: string): Promise<string> {
  const found = await readObjectFile(`${folder}/${out}/reconstruction.npz`);
  const { phase, amplitude } = compareReconstructions(found, await readObjectFile(`${folder}/scan.npz`));
  return `phase ${phase.ssim.toFixed(3)}, amplitude ${amplitude.ssim.toFixed(3)}`;
}

try {
  const positions = String(Math.round(gigabytes * 1e9 / FRAME_BYTES));
  await plica(
    ...["simulate", "--output-file", "scan.npz", "--object", "siemens-star", "--dose", "1e6"],
    ...["--size", String(size), "--positions", positions, "--no-labels"],
    ...["--wavelength", "1.4089e-10", "--distance", "1.9", "--detector-pixel", "75e-6"],
  );
  await ran(
    python,
    new URL("support/eiger_master.py", import.meta.url).pathname,
    ...["scan.npz", folder, "0"],
  );
  const reading = [
    ...["--positions-path", "positions.csv", "--positions-unit", "um", "--pattern-size", String(size)],
    ...["--probe-from", "scan.npz"],
  ];
  const show = (what: string, { seconds, peakMiB }: { seconds: number; peakMiB: number }, more = "") =>
    console.log(`${what}: ${seconds.toFixed(1)} s, ${peakMiB} MiB${more}`);
  console.log(`${positions} frames, ${gigabytes} GB, patterns of ${size}`);
  show("inspect master", await plica("inspect", "scan_master.h5", ...reading));
  const flags = ["--algorithm", "auto"];
  const fromMaster = await plica(
    ...["reconstruct", "--data-file", "scan_master.h5", "--output-dir", "master", ...reading, ...flags],
  );
  show("reconstruct master", fromMaster, `, ${await scores("master")}`);
  const fromNpz = await plica(
    ...["reconstruct", "--data-file", "scan.npz", "--output-dir", "npz", ...flags],
  );
  show("reconstruct NPZ", fromNpz, `, ${await scores("npz")}`);
} finally {
  await Deno.remove(folder, { recursive: true });
}
