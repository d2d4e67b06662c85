/** A frame rate as an exact fraction. */
export interface FrameRate {
  numerator: number;
  denominator: number;
}

const ntscNominalRates = [15, 24, 30, 48, 60, 120];
/** People write 23.976 as 23.98; no two rates in use are nearer to each other than this. */
const ntscTolerance = 0.005;
const decimalsKept = 1000;

/**
 * The exact rate that a decimal stands for: 29.97 is 30000/1001 (NTSC), 12.5 is 25/2. Other fractions are kept
 * to three decimals.
 */
export function exactFrameRate(framesPerSecond: number): FrameRate {
  for (const nominal of ntscNominalRates) {
    const isNtsc = Math.abs(framesPerSecond - (nominal * 1000) / 1001) < ntscTolerance;
    if (isNtsc && !Number.isInteger(framesPerSecond)) return { numerator: nominal * 1000, denominator: 1001 };
  }
  return reduced({ numerator: Math.round(framesPerSecond * decimalsKept), denominator: decimalsKept });
}

export function framesPerSecond({ numerator, denominator }: FrameRate): number {
  return numerator / denominator;
}

/** `60` or `30000/1001`. */
export function frameRateWords({ numerator, denominator }: FrameRate): string {
  return denominator === 1 ? String(numerator) : `${numerator}/${denominator}`;
}

export function reduced({ numerator, denominator }: FrameRate): FrameRate {
  const divisor = greatestCommonDivisor(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
