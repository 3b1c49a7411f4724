/**
 * The wheel that `deno task wheel` makes, installed in a fresh environment of Python: arrays of NumPy and files of h5py go
 * in, and what comes out is what the command line makes.
 */
import { equal, match, ok } from "node:assert/strict";
import { openNpz } from "../../src/formats/npy/npz.ts";
import { encodeNpz } from "../../src/formats/npy/npz_write.ts";
import { scanArrays } from "../../src/simulation/scan_file.ts";
import { runPlica } from "../app/fake_session.ts";
import { ROOT } from "../repo/modules.ts";
import { smallScan } from "../support/small_scan.ts";

const SCRIPT = `
import json, sys, warnings
import h5py, numpy as np, plica
from importlib import resources
compile(resources.files("plica").joinpath("__init__.pyi").read_text(), "stub", "exec")
folder = sys.argv[1]
npz = np.load(f"{folder}/scan.npz")
patterns, x, y, probe = npz["diffraction"], npz["xcoords"], npz["ycoords"], npz["probeGuess"]
device = dict(accelerator="wasm", threads=1)
solver = dict(algorithm="OSM", num_epochs=12, **device)
image = plica.reconstruct(patterns, x, y, probe=probe, pixel_size_m=1e-8, **solver)
np.save(f"{folder}/object.npy", image.object)
found = {"word": image.verdict["word"], "pixel": image.pixel_size_m, "losses": len(image.losses), "probe": image.probe.shape}
with h5py.File(f"{folder}/scan.h5", "w") as file:
    file["entry/data"] = np.rint(patterns.astype(np.float64) ** 2).astype(np.uint32)
    file["entry/y_um"] = y
    file["entry/x_um"] = x
np.savez(f"{folder}/probe.npz", probe=probe)
few = plica.reconstruct(patterns, x, y, probe=probe, pattern_range="0:30", update_probe=False, **solver)
found["few"] = [len(few.x), float(np.abs(few.probe / probe - 1).std())]
again = plica.reconstruct(
    f"{folder}/scan.h5", positions_path=f"{folder}/scan.h5", positions_unit="px",
    probe_from=f"{folder}/probe.npz", **solver,
)
found["same"] = float(np.abs(again.object - image.object).max())
found["network"] = plica.infer(patterns, x, y, probe=probe, progress=False, **device).object.shape
errors = []
for call in (
    lambda: plica.reconstruct(patterns[:, :60], x, y, probe=probe),
    lambda: plica.reconstruct(patterns, x, y, probe=probe, algoritm="OSM"),
    lambda: plica.reconstruct(f"{folder}/none.npz"),
):
    try:
        call()
    except plica.PlicaError as error:
        errors.append(str(error))
found["errors"] = errors
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    wrong = plica.reconstruct(patterns[:, ::-1], x, y, probe=probe, num_epochs=15, orientation_check=False, **device)
found["wrong"] = [wrong.verdict["word"], [str(one.message) for one in said if one.category is plica.PlicaWarning]]
print(json.dumps(found))
`;

const python = await output("python3", ["-m", "venv", "--help"]).then(() => true, () => false);

Deno.test({
  name: `the wheel reconstructs arrays of NumPy and files of h5py as the command line does${
    python ? "" : " (skipped: no python with venv)"
  }`,
  ignore: !python,
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    await output(Deno.execPath(), ["run", "-A", "build/build.ts", `${folder}/dist`]);
    const wheel = (await output(Deno.execPath(), [
      ...["run", "-A", "build/wheel.ts", `${folder}/wheel`, `${folder}/dist`],
    ])).trim();
    match(wheel, /plica-\d+\.\d+\.\d+-py3-none-any\.whl$/);
    await output("python3", ["-m", "venv", `${folder}/venv`]);
    const own = `${folder}/venv/bin`;
    await output(`${own}/pip`, ["install", "-q", "--disable-pip-version-check", wheel, "h5py", "tqdm"]);
    match(await output(`${own}/plica`, ["--version"]), /^plica \d/);
    await Deno.writeFile(`${folder}/scan.npz`, await encodeNpz(scanArrays(smallScan(7))));
    const found = JSON.parse(
      await output(`${own}/python`, ["-W", "error::ResourceWarning", "-c", SCRIPT, folder]),
    );
    const example = new URL("../../examples/reconstruct.py", import.meta.url).pathname;
    match(
      await output(`${own}/python`, [example, `${folder}/scan.npz`], folder),
      /solver: good, \d+ % explained, .*\nnetwork: good/,
    );

    const { code, err } = await runPlica(
      ...["reconstruct", "--data-file", `${folder}/scan.npz`, "--output-dir", `${folder}/cli`],
      ...["--algorithm", "OSM", "--num-epochs", "12", "--accelerator", "wasm", "--threads", "1"],
    );
    equal(code, 0, err);
    const npz = await openNpz(`${folder}/cli/reconstruction.npz`);
    const expected = (await npz.readArray("object")).data as Float32Array;
    await npz.close();
    const saved = await Deno.readFile(`${folder}/object.npy`);
    const object = new Float32Array(saved.slice(-4 * expected.length).buffer);
    ok(object.every((value, i) => value === expected[i]), "the same image to the last bit");
    equal(found.pixel, 1e-8);
    equal(found.few[0], 30);
    ok(found.few[1] < 1e-3, `the probe stays: ${found.few[1]}`);
    equal(found.losses, 12);
    ok(found.same < 1e-3, `${found.same}`);
    equal(found.network.length, 2);
    match(found.errors[0], /the arrays: diffraction: found patterns of 60 x 64/);
    match(found.errors[1], /--algoritm\. Did you mean --algorithm/);
    match(found.errors[2], /none\.npz: found no such file/);
    equal(found.wrong[0], "failed");
    match(found.wrong[1].join(), /do not trust this image/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function output(program: string, args: string[], cwd: string | URL = ROOT): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, cwd }).output();
  if (!success) throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
