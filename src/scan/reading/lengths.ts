/**
 * Lengths, energies and angles as people write them: `75um`, `8.8keV`, `20mrad`.
 *
 * @module
 */
import { LENGTH_UNITS } from "../hints.ts";

const ENERGY_UNITS = { eV: 1, keV: 1e3, kV: 1e3, MeV: 1e6 } as const;

function quantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, number, unit] = /^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*([a-zA-Zµ]+)\s*$/i.exec(text) ??
    [];
  const scale = unit === undefined ? undefined : units[unit] ?? units[unit.replace("µ", "u")];
  return scale === undefined ? undefined : Number(number) * scale;
}

/** A length in metres; undefined where the text is none. */
export const lengthIn = (text: string): number | undefined => quantity(text, LENGTH_UNITS);

/** An energy in eV; undefined where the text is none. A voltage in kV is that of electrons. */
export const energyIn = (text: string): { ev: number; electrons: boolean } | undefined => {
  const ev = quantity(text, ENERGY_UNITS);
  return ev === undefined ? undefined : { ev, electrons: /kV/.test(text) };
};
