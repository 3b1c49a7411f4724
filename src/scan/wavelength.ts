/**
 * Wavelengths and energies of photons and electrons.
 *
 * @module
 */

/** Planck's constant times the speed of light, in eV m and in J m (CODATA 2018). */
const HC_EV_M = 1.2398419843320026e-6, HC_J_M = 1.986445857148929e-25;

/** Wavelength of photons. */
export const wavelengthOfEv = (energyEv: number): number => HC_EV_M / energyEv;
export const wavelengthOfJoule = (energyJ: number): number => HC_J_M / energyJ;

/** Energy of photons. */
export const evOfWavelength = (wavelengthM: number): number => HC_EV_M / wavelengthM;
export const jouleOfWavelength = (wavelengthM: number): number => HC_J_M / wavelengthM;

/** Wavelength of electrons of an energy in eV, relativistic: h / sqrt(2 m e V (1 + e V / (2 m c^2))). */
export function wavelengthOfElectrons(energyEv: number): number {
  const restEv = 510998.95; // m c^2
  return HC_EV_M / Math.sqrt(energyEv * (energyEv + 2 * restEv));
}
