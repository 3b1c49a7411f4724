// What a user of the package does, in Node and in Deno: prints numbers that must be the same in both.
const { argv } = process;
const {
  deadLeaves,
  diskProbe,
  encodeNpz,
  openDevice,
  openScan,
  rasterPositions,
  reconstruct,
  reconstructImage,
  resolveConfig,
  scanArrays,
  shippedImageNetwork,
  simulateScan,
  solve,
  train,
  writeNpz,
  writePng,
} = await import(argv[2] ?? "plica");

const arrays = scanArrays(simulateScan({
  side: 64,
  positions: rasterPositions({ rows: 4, columns: 4, step: 8, x0: 36, y0: 36 }),
  object: { ...deadLeaves({ height: 96, width: 96 }), x0: 0, y0: 0 },
  probe: diskProbe({ side: 64, radius: 14, photons: 1e5 }),
}));
await writeNpz("scan.npz", arrays);
const scan = await openScan("scan.npz");
const device = await openDevice({ accelerator: "wasm", threads: 2 });
const values = { model: { gridsize: 1, nFiltersScale: 1 }, training: { nepochs: 1, batchSize: 8 } };
const { model, epochs } = await train(scan, {
  config: resolveConfig([{ layer: "program", values }]),
  device,
});
const patches = await reconstruct(scan, { model, device });
const solution = await solve(scan, {
  device,
  config: { solver: { algorithm: "rPIE", numEpochs: 3, batchSize: 4 } },
});
const { weights } = await shippedImageNetwork();
const image = await reconstructImage(scan, { device, weights });
await writePng("object.png", {
  width: image.width,
  height: image.height,
  channels: 1,
  data: Uint8Array.from(image.mask, (inside) => 200 * inside),
});
await device.dispose();
await scan.close();
const bytes = await encodeNpz(arrays);
console.log(JSON.stringify({
  device: device.info.name,
  loss: epochs[0].trainLoss,
  size: [patches.height, patches.width],
  errors: solution.epochs.map(({ error }) => error),
  chosen: image.chosen,
  deviances: image.candidates.map(({ deviance }) => deviance),
  bytes: bytes.length,
}));
