/** Smooth random fields, −1..1, the same for the same seed. */
export interface Noise {
  /** One octave at (x, y); features are about 1 wide. */
  at(x: number, y: number): number;
  /** Fractal sum of `octaves`, each twice as fine and half as strong. */
  fractal(x: number, y: number, octaves: number): number;
  /** Like `fractal`, but with sharp crests at 1: mountains, ripples, lightning. */
  ridged(x: number, y: number, octaves: number): number;
}

/** Value noise on a hashed integer lattice: no tables, so any size and position costs the same. */
export function createNoise(seed: number): Noise {
  const at = (x: number, y: number) => valueAt(x, y, seed);
  return {
    at,
    fractal(x, y, octaves) {
      let sum = 0;
      let weight = 0.5;
      let frequency = 1;
      for (let octave = 0; octave < octaves; octave++) {
        // The offset keeps the octaves' lattices from lining up at the origin.
        sum += weight * valueAt(x * frequency + octave * 17.3, y * frequency - octave * 9.7, seed + octave);
        weight *= 0.5;
        frequency *= 2.03;
      }
      return sum * 1.25;
    },
    ridged(x, y, octaves) {
      let sum = 0;
      let weight = 0.5;
      let total = 0;
      let frequency = 1;
      for (let octave = 0; octave < octaves; octave++) {
        const value = valueAt(x * frequency + octave * 31.1, y * frequency + octave * 5.3, seed + octave);
        sum += weight * (1 - 2 * Math.abs(value));
        total += weight;
        weight *= 0.5;
        frequency *= 2.07;
      }
      return sum / total;
    },
  };
}

function valueAt(x: number, y: number, seed: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const u = x - left;
  const v = y - top;
  // Quintic fade (Perlin 2002): no visible lattice in slopes.
  const fadeX = u * u * u * (u * (u * 6 - 15) + 10);
  const fadeY = v * v * v * (v * (v * 6 - 15) + 10);
  const upper = blend(latticeValue(left, top, seed), latticeValue(left + 1, top, seed), fadeX);
  const lower = blend(latticeValue(left, top + 1, seed), latticeValue(left + 1, top + 1, seed), fadeX);
  return blend(upper, lower, fadeY);
}

function blend(from: number, to: number, amount: number): number {
  return from + (to - from) * amount;
}

/** A hash of the lattice point, −1..1 (the finalizer of MurmurHash3). */
function latticeValue(x: number, y: number, seed: number): number {
  let bits = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(seed, 0x9e3779b1);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 0x80000000 - 1;
}
