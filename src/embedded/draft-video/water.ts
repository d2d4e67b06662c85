import type { Picture } from './picture.ts';

/**
 * Turns everything below the horizon into water: the picture above it, upside down, swaying in waves that are
 * longer the nearer they are, and darker.
 */
export function drawWater(
  canvas: Picture,
  { horizonRow, seconds }: { horizonRow: number; seconds: number },
): void {
  for (const [i, { samples, width, height, density }] of canvas.planes.entries()) {
    const shore = Math.max(1, Math.round(horizonRow * density));
    const floor = i === 0 ? 16 : 128;
    for (let y = shore; y < height; y++) {
      const near = (y - shore + 1) / (height - shore);
      const wave =
        Math.sin(26 * Math.log(near + 0.06) - 3.1 * seconds) +
        0.6 * Math.sin(61 * Math.log(near + 0.05) - 4.7 * seconds);
      const mirrored = shore - 1 - (y - shore) * 0.9 - wave * near * 0.03 * height;
      const row = Math.min(shore - 1, Math.max(0, Math.round(mirrored))) * width;
      const shift = Math.round(wave * (0.002 + 0.012 * near) * width);
      const light = Math.round(256 * (0.86 - 0.32 * near + 0.05 * wave * near));
      for (let x = 0; x < width; x++) {
        const from = Math.min(width - 1, Math.max(0, x + shift));
        samples[y * width + x] = floor + (((samples[row + from]! - floor) * light) >> 8);
      }
    }
  }
}
