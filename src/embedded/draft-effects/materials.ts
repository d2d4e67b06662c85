import { addPartials } from '../sound/partials.ts';
import type { Material } from './family.ts';

/** Mode frequencies over the lowest, and how long each material rings. */
const bodies: Record<Material, { ratios: readonly number[]; hz: number; seconds: number }> = {
  plain: { ratios: [1, 1.59, 2.14, 2.65, 3.16], hz: 110, seconds: 0.18 },
  metal: { ratios: [1, 2.32, 4.25, 6.63, 9.38, 12.22, 15.8], hz: 420, seconds: 1.6 },
  wood: { ratios: [1, 2.57, 4.95, 7.8], hz: 230, seconds: 0.11 },
  glass: { ratios: [1, 2.32, 4.25, 6.63, 9.38], hz: 1900, seconds: 0.55 },
  stone: { ratios: [1, 1.81, 2.92, 4.4], hz: 320, seconds: 0.07 },
};

/** Makes a struck body of the material ring in `signal` from sample `at` on; bigger bodies ring lower and longer. */
export function ringBody(
  signal: Float32Array,
  options: { material: Material; size: number; gain: number; random: () => number; at?: number },
): void {
  const { ratios, hz, seconds } = bodies[options.material];
  const scale = 2 ** ((0.5 - options.size) * 2.4);
  const partials = ratios.map((ratio, index) => ({
    frequencyHz: hz * scale * ratio * (0.98 + options.random() * 0.04),
    amplitude: (options.gain * (0.5 + options.random() * 0.5)) / (1 + index * 0.7),
    decaySeconds: (seconds * (0.6 + options.size * 0.8)) / (1 + index * 0.35),
    phase: options.random() * Math.PI,
  }));
  addPartials(signal, partials, options.at ?? 0);
}
