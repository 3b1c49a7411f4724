/**
 * Flags of PtychoPINN's programs, and what each does here: one record for a flag, from which the shell takes it and the
 * documentation tells of it.
 *
 * @module
 */
/** A command that has flags of PtychoPINN. */
type CommandName = (typeof ALL)[number];

/** What a flag becomes: arguments, a line about it, or the reason why the call stops. */
export interface Outcome {
  readonly args?: readonly string[];
  /** Completes the flag to a sentence, `has no effect here: ...`. */
  readonly notice?: string;
  readonly refused?: string;
}

/** An established flag. */
export interface EstablishedFlag {
  /** Commands that take it. */
  readonly in: readonly CommandName[];
  /** Values after it: none, one, as many as there are, or one that may be left out. Default one. */
  readonly takes?: "none" | "one" | "many" | "optional";
  /** One line for the documentation. */
  readonly meaning: string;
  /** `given`: the values of all flags of the call by their names here. */
  read(values: readonly string[], given: ReadonlyMap<string, string>): Outcome;
}

const TRAIN = ["train"] as const, INFER = ["infer"] as const, COMPARE = ["compare"] as const;
const BOTH = ["train", "infer"] as const;
const ALL = ["train", "infer", "reconstruct", "compare", "simulate"] as const;

type Details = Partial<Pick<EstablishedFlag, "in" | "takes">>;

/** Another name for a flag. Where that is given too, it counts alone. */
function called(flag: string, details: Details = {}): EstablishedFlag {
  return {
    in: BOTH,
    ...details,
    meaning: `\`${flag}\``,
    read: (values, given) =>
      given.has(flag)
        ? { notice: `is left out: ${flag} is given as well` }
        : { args: [flag, ...values], notice: `is called ${flag} here` },
  };
}

/** A flag that changes nothing, for a reason. */
function noEffect(reason: string, details: Details = {}): EstablishedFlag {
  return {
    in: BOTH,
    ...details,
    meaning: `no effect: ${reason}`,
    read: () => ({ notice: `has no effect here: ${reason}` }),
  };
}

/** A flag that can have the values alone that leave out what Plica does not have. */
function only(values: readonly string[], reason: string, details: Details = {}): EstablishedFlag {
  return {
    in: TRAIN,
    ...details,
    meaning: `${values.map((value) => `\`${value}\``).join(", ")} without effect; else refused: ${reason}`,
    read: ([value = "True"]) =>
      values.some((one) => one.toLowerCase() === value.toLowerCase() || Number(one) === Number(value))
        ? { notice: `has no effect here: ${value} is how it is` }
        : { refused: reason },
  };
}

/** A flag that stops the call, for a reason. */
function refused(reason: string, details: Details = {}): EstablishedFlag {
  return { in: BOTH, ...details, meaning: `refused: ${reason}`, read: () => ({ refused: reason }) };
}

/** Arguments made of a value. */
function made(
  meaning: string,
  make: (value: string, given: ReadonlyMap<string, string>) => Outcome,
  details: Details = {},
): EstablishedFlag {
  return { in: TRAIN, ...details, meaning, read: ([value = ""], given) => make(value, given) };
}

/** A model or result that is compared: an argument without a flag. */
const compared = (what: string): EstablishedFlag => ({
  in: COMPARE,
  meaning: `an argument: ${what}`,
  read: (values) => ({ args: values, notice: "is an argument without a flag here" }),
});

const isZero = (value: string) => Number(value) === 0;
const OTHER_NETWORK = "a setting of architectures other than cnn";
const PREVIEWS = "previews/ holds the whole object every --preview-every epochs";
const REAL_SPACE = "no loss compares with a real-space image; --model-type supervised trains by labels";

/** The flags by name in kebab case, without `torch-` in front. */
export const ESTABLISHED: Readonly<Record<string, EstablishedFlag>> = Object.freeze({
  // data
  "--n-images": called("--n-groups"),
  "--training-groups": called("--n-groups", { in: TRAIN }),
  "--inference-groups": called("--n-groups", { in: INFER }),
  "--train-raw-selection": called("--n-subsample", { in: TRAIN }),
  "--inference-raw-selection": called("--n-subsample", { in: INFER }),
  "--train-data": called("--train-data-file", { in: TRAIN }),
  "--train-data-file-path": called("--train-data-file", { in: TRAIN }),
  "--test-data": called("--test-data-file", { in: ALL }),
  "--test-data-file-path": called("--test-data-file", { in: ALL }),
  "--model-dir": called("--model-path", { in: INFER }),
  "--output-prefix": called("--output-dir", { in: TRAIN }),
  "--n": called("--pattern-size", { in: BOTH }),
  "--enable-oversampling": called("--oversample", { in: TRAIN, takes: "optional" }),
  "--neighbor-pool-size": called("--neighbor-count", { in: TRAIN }),
  "--groups-per-center": called("--passes", { in: INFER }),
  "--positions-provided": noEffect("positions come from the file", { in: TRAIN, takes: "optional" }),
  "--nphotons": noEffect("counts are those of the file; --measurement says what is stored", { in: TRAIN }),
  "--probe-scale": noEffect("the probe is scaled to the counts", { in: TRAIN }),
  "--normalize": noEffect("the input is scaled to the counts of the scan", { in: TRAIN }),
  // model
  "--n-filters": called("--n-filters-scale", { in: TRAIN }),
  "--object-big": called("--merge-object", { in: TRAIN, takes: "optional" }),
  "--adam-beta1": called("--beta1", { in: TRAIN }),
  "--adam-beta2": called("--beta2", { in: TRAIN }),
  "--probe-mask-sigma": called("--probe-mask-edge", { in: TRAIN }),
  "--loss-mode": called("--loss", { in: TRAIN }),
  "--backend": {
    in: ALL,
    meaning: "`pytorch`, `tensorflow`: a line says what runs here; else refused",
    read: ([value = ""]) =>
      ["pytorch", "tensorflow"].includes(value)
        ? { notice: `has no effect here: neither is used; --accelerator chooses WebGPU or WebAssembly` }
        : { refused: "expected pytorch or tensorflow" },
  },
  "--architecture": only(["cnn"], "the networks are convolutional; --profile chooses one"),
  "--probe-big": only(["True"], "a patch always reaches to the border of the probe", { takes: "optional" }),
  "--pad-object": noEffect("the canvas is as large as the scan", { in: TRAIN, takes: "optional" }),
  "--gaussian-smoothing-sigma": only(["0"], "nothing is smoothed before diffraction"),
  "--mae-pred-l2-match-target": only(["False"], "predictions are not rescaled to the target", {
    takes: "optional",
  }),
  "--rect-s1s2-init": noEffect("both scales begin at 1 and are trained", { in: TRAIN }),
  ...Object.fromEntries(
    [
      ...["fno-modes", "fno-width", "fno-blocks", "fno-cnn-blocks", "fno-input-transform", "resnet-width"],
      ...["learned-input-channels", "max-hidden-channels", "generator-output-mode"],
    ].map((name) => [`--${name}`, noEffect(OTHER_NETWORK, { in: TRAIN })]),
  ),
  // loss
  "--nll-weight": made(
    "0 with `--mae_weight`: `--loss mae`; else no effect",
    (value, given) =>
      isZero(value) && isZero(given.get("--mae-weight") ?? "0")
        ? { refused: "a training without a loss: --loss is poisson or mae" }
        : { notice: "has no effect here: the loss is --loss alone" },
  ),
  "--mae-weight": made(
    "0 no effect; else `--loss mae`, refused beside `--nll_weight` over 0",
    (value, given) =>
      isZero(value)
        ? { notice: "has no effect here: the loss is --loss alone" }
        : isZero(given.get("--nll-weight") ?? "1")
        ? { args: ["--loss", "mae"], notice: "is called --loss mae here" }
        : { refused: "a sum of both losses: --loss is poisson or mae; give --nll_weight 0 for mae" },
  ),
  "--tv-weight": made("`--amp-tv-coeff` and `--phase-tv-coeff`", (value) => ({
    args: ["--amp-tv-coeff", value, "--phase-tv-coeff", value],
    notice: "is called --amp-tv-coeff and --phase-tv-coeff here",
  })),
  "--realspace-mae-weight": only(["0"], REAL_SPACE),
  "--realspace-weight": only(["0"], REAL_SPACE),
  // run
  "--max-epochs": called("--nepochs", { in: TRAIN }),
  "--epochs": called("--nepochs", { in: TRAIN }),
  "--device": called("--accelerator", { in: ALL }),
  "--deterministic": noEffect("results are always deterministic", { in: ALL, takes: "optional" }),
  "--no-deterministic": noEffect("results are always deterministic", { in: ALL, takes: "none" }),
  "--disable-mlflow": noEffect("MLflow gets nothing without --logger mlflow", { in: TRAIN, takes: "none" }),
  "--disable-checkpointing": made("`--no-enable-checkpointing`", () => ({
    args: ["--no-enable-checkpointing"],
    notice: "is called --no-enable-checkpointing here",
  }), { takes: "none" }),
  "--plateau-threshold": noEffect("every improvement counts", { in: TRAIN }),
  "--recon-log-every-n-epochs": called("--preview-every", { in: TRAIN }),
  "--recon-log-num-patches": noEffect(PREVIEWS, { in: TRAIN }),
  "--recon-log-fixed-indices": noEffect(PREVIEWS, { in: TRAIN, takes: "many" }),
  "--recon-log-stitch": noEffect(PREVIEWS, { in: TRAIN, takes: "optional" }),
  "--recon-log-max-stitch-samples": noEffect(PREVIEWS, { in: TRAIN }),
  "--do-stitching": noEffect("plica infer makes the image of a trained model", {
    in: TRAIN,
    takes: "optional",
  }),
  "--verbose": noEffect("progress is shown unless --quiet is given", { in: ALL, takes: "none" }),
  "--console-level": noEffect("progress is shown unless --quiet is given", { in: ALL }),
  "--debug": noEffect("PLICA_DEBUG=1 in the environment shows debug lines", { in: ALL, takes: "none" }),
  // inference
  "--patch-weighting": called("--patch-weights", { in: INFER }),
  "--varpro-scaling": called("--fit-scales", { in: INFER, takes: "optional" }),
  "--comparison-plot": noEffect("plica compare draws images beside their reference", {
    in: INFER,
    takes: "none",
  }),
  "--run-id": refused("models lie in files: name one by --model-path", { in: INFER }),
  "--infer-dir": refused("models lie in files: name one by --model-path", { in: INFER }),
  "--file-index": refused("data lie in files: name one by --test-data-file", { in: INFER }),
  // comparison
  "--pinn-dir": compared("the folder of a trained model"),
  "--baseline-dir": compared("the folder of a trained model"),
  "--tike-recon-path": compared("a result"),
  "--skip-registration": made("`--no-registration`", () => ({
    args: ["--no-registration"],
    notice: "is called --no-registration here",
  }), { in: COMPARE, takes: "none" }),
  "--register-ptychi-only": noEffect("each image is registered unless --no-registration is given", {
    in: COMPARE,
    takes: "none",
  }),
  "--save-npz": noEffect("results keep their own NPZ", { in: COMPARE, takes: "none" }),
  "--no-save-npz": noEffect("results keep their own NPZ", { in: COMPARE, takes: "none" }),
  "--no-save-npz-aligned": noEffect("they are written with --save-npz-aligned alone", {
    in: COMPARE,
    takes: "none",
  }),
  "--phase-align-method": only(["plane"], "a ramp and a constant are taken out of every phase", {
    in: COMPARE,
  }),
  "--frc-sigma": only(["0"], "images are not smoothed before the Fourier ring correlation", { in: COMPARE }),
  "--save-debug-images": noEffect("comparison.png shows what is compared", { in: COMPARE, takes: "none" }),
  "--stitch-crop-size": noEffect("patches are weighted by the probe instead of cropped", { in: COMPARE }),
  ...Object.fromEntries(
    ["p-min", "p-max", "pinn-phase-vmin", "pinn-phase-vmax", "baseline-phase-vmin", "baseline-phase-vmax"]
      .map((
        name,
      ) => [`--${name}`, noEffect("all images share one colour scale", { in: COMPARE })]),
  ),
  ...Object.fromEntries(
    ["n-test-groups", "n-test-subsample", "test-subsample-seed", "n-test-images"].map((
      name,
    ) => [
      `--${name}`,
      refused("whole scans are compared; make a part by plica infer --n-subsample", { in: COMPARE }),
    ]),
  ),
  ...Object.fromEntries(
    [
      ...["pinn-chunk-size", "baseline-chunk-size", "pinn-predict-batch-size", "baseline-predict-batch-size"],
      "baseline-debug-limit",
    ].map((name) => [`--${name}`, noEffect("batches are as large as the device takes", { in: COMPARE })]),
  ),
});

/** Names of PtychoPINN's programs. */
export const PROGRAMS: Readonly<Record<string, CommandName>> = Object.freeze({
  "train.py": "train",
  "ptycho_train": "train",
  "inference.py": "infer",
  "ptycho_inference": "infer",
  "compare_models.py": "compare",
});
