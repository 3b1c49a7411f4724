/**
 * Numbers as a report prints them: by one function, which `verify` calls again.
 *
 * @module
 */

/** Format of a number. */
export type Style =
  | "ratio"
  | "small"
  | "decibel"
  | "pixels"
  | "delta"
  | "small-delta"
  | "count"
  | "seconds"
  | "bytes"
  | "dose";

const STYLES: Readonly<Record<Style, (value: number) => string>> = {
  ratio: (value) => value.toFixed(4),
  small: (value) => value.toFixed(6),
  decibel: (value) => value.toFixed(2),
  pixels: (value) => value.toFixed(2),
  delta: (value) => signed(value, 3),
  "small-delta": (value) => signed(value, 6),
  count: (value) => String(Math.round(value)),
  seconds: (value) => value.toFixed(1),
  bytes: (value) => `${(value / 1e6).toFixed(0)} MB`,
  dose: (value) => value >= 1e3 ? value.toExponential().replace("+", "") : String(value),
};

function signed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return text.startsWith("-") ? text : `+${text}`;
}

/** Returns the text of a number. */
export function printed(value: number, style: Style): string {
  return STYLES[style](value);
}

/** True for the name of a style. */
export function isStyle(name: string): name is Style {
  return Object.hasOwn(STYLES, name);
}

/** Format and title of each metric. */
export const METRIC_STYLES = Object.freeze(
  {
    ms_ssim: { style: "ratio", delta: "delta", title: "MS-SSIM" },
    ms_ssim_wang: { style: "ratio", delta: "delta", title: "MS-SSIM (Wang)" },
    ssim: { style: "ratio", delta: "delta", title: "SSIM" },
    mae: { style: "small", delta: "small-delta", title: "MAE" },
    mse: { style: "small", delta: "small-delta", title: "MSE" },
    psnr: { style: "decibel", delta: "delta", title: "PSNR (dB)" },
    frc50: { style: "pixels", delta: "delta", title: "FRC50 (px)" },
  } as const,
);
