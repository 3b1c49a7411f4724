import { equal, throws } from "node:assert/strict";
import { refuseUnknown, resolvedConfig } from "../../src/config/options.ts";
import { resolveConfig } from "../../src/config/resolve.ts";

Deno.test("an option that a task does not know is refused with the nearest name", () => {
  const known = ["config", "device", "onProgress"];
  refuseUnknown({ config: {}, device: 1 }, known, "train");
  throws(() => refuseUnknown({ onprogress: 1 }, known, "train"), {
    name: "OptionError",
    option: "onprogress",
    message: "onprogress: found an option that train does not know, expected one of config, device, " +
      "onProgress; did you mean onProgress?",
  });
  throws(() => refuseUnknown({ quaternion: undefined }, known, "train"), /quaternion: .*; leave it out$/);
});

Deno.test("some settings are resolved over the defaults as the program's, a resolved configuration stays", () => {
  const resolved = resolvedConfig({ model: { gridsize: 1 } });
  equal(resolved.values.model.gridsize, 1);
  equal(resolved.values.training.batchSize, 4);
  equal(resolved.provenance["model.gridsize"].layer, "program");
  equal(resolvedConfig(resolved), resolved);
  equal(resolvedConfig().values.model.gridsize, resolveConfig().values.model.gridsize);
  const misspelt: Record<string, unknown> = { model: { gridsze: 1 } };
  throws(() => resolvedConfig(misspelt), /unknown setting model\.gridsze; did you mean gridsize\?/);
});
