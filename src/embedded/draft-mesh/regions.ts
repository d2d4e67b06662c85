/** A yes or no a pixel (1 or 0), row by row from the top. */
export interface Mask {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** A connected set of pixels (4 neighbours) that are all set. */
export interface Region {
  /** Pixel indices. */
  pixels: number[];
  /** Length of its outline in pixels: sides counted, corrected by π/4 for their staircase. */
  perimeter: number;
  touchesBorder: boolean;
}

export function createMask(width: number, height: number): Mask {
  return { width, height, pixels: new Uint8Array(width * height) };
}

export function invertMask(mask: Mask): Mask {
  return { ...mask, pixels: mask.pixels.map((pixel) => 1 - pixel) };
}

/** All connected sets of set pixels. */
export function findRegions(mask: Mask): Region[] {
  const seen = new Uint8Array(mask.pixels.length);
  const regions: Region[] = [];
  for (let n = 0; n < seen.length; n++) {
    if (mask.pixels[n] === 1 && seen[n] === 0) regions.push(growRegion(mask, n, seen));
  }
  return regions;
}

function growRegion(mask: Mask, seed: number, seen: Uint8Array): Region {
  const { width, height, pixels } = mask;
  const region: Region = { pixels: [seed], perimeter: 0, touchesBorder: false };
  let sides = 0;
  const visit = (inside: boolean, n: number) => {
    if (!inside) region.touchesBorder = true;
    if (!inside || pixels[n] !== 1) sides++;
    else if (seen[n] === 0) {
      seen[n] = 1;
      region.pixels.push(n);
    }
  };
  seen[seed] = 1;
  for (let next = 0; next < region.pixels.length; next++) {
    const n = region.pixels[next]!;
    const x = n % width;
    visit(x > 0, n - 1);
    visit(x < width - 1, n + 1);
    visit(n >= width, n - width);
    visit(n < width * (height - 1), n + width);
  }
  region.perimeter = (sides * Math.PI) / 4;
  return region;
}

/** The smallest rectangle that holds every set pixel; the whole mask where none is set. */
export function boundsOf({ width, height, pixels }: Mask): {
  left: number;
  top: number;
  width: number;
  height: number;
} {
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let n = 0; n < pixels.length; n++) {
    if (pixels[n] === 0) continue;
    const x = n % width;
    const y = (n - x) / width;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  if (right < 0) return { left: 0, top: 0, width, height };
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}
