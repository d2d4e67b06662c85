/** Colours with weights: red, green, blue (each times the weight) and the weight 0..1, four numbers a pixel. */
export interface WeightedColours {
  width: number;
  height: number;
  values: Float32Array;
}

/**
 * Spreads the colours of weighted pixels over those without weight, near ones sharply, far ones ever softer:
 * push-pull interpolation (Gortler et al., "The Lumigraph", 1996). Changes `image` in place; every weight becomes 1.
 */
export function fillOutward(image: WeightedColours): void {
  const { width, height, values } = image;
  if (width > 1 || height > 1) {
    const half = halved(image);
    fillOutward(half);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) addFromHalf(image, half, x, y);
    }
  }
  for (let n = 0; n < values.length; n += 4) {
    if (values[n + 3]! < 1e-6) values.fill(0.5, n, n + 3);
    else for (let c = 0; c < 3; c++) values[n + c] = values[n + c]! / values[n + 3]!;
    values[n + 3] = 1;
  }
}

function halved({ width, height, values }: WeightedColours): WeightedColours {
  const half = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
  const sums = new Float32Array(half.width * half.height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const to = ((y >> 1) * half.width + (x >> 1)) * 4;
      for (let c = 0; c < 4; c++) sums[to + c] = sums[to + c]! + values[(y * width + x) * 4 + c]!;
    }
  }
  for (let n = 0; n < sums.length; n += 4) {
    const weight = sums[n + 3]!;
    if (weight <= 1) continue;
    for (let c = 0; c < 4; c++) sums[n + c] = sums[n + c]! / weight;
  }
  return { ...half, values: sums };
}

/** What a pixel lacks in weight comes from the half-size image, between its pixels linearly. */
function addFromHalf(image: WeightedColours, half: WeightedColours, x: number, y: number): void {
  const n = (y * image.width + x) * 4;
  const lacking = 1 - image.values[n + 3]!;
  if (lacking <= 0) return;
  const near = { column: x >> 1, row: y >> 1 };
  const far = {
    column: Math.min(half.width - 1, Math.max(0, near.column + (x % 2 === 0 ? -1 : 1))),
    row: Math.min(half.height - 1, Math.max(0, near.row + (y % 2 === 0 ? -1 : 1))),
  };
  const at = (column: number, row: number, c: number) => half.values[(row * half.width + column) * 4 + c]!;
  for (let c = 0; c < 4; c++) {
    const nearRow = 0.75 * at(near.column, near.row, c) + 0.25 * at(far.column, near.row, c);
    const farRow = 0.75 * at(near.column, far.row, c) + 0.25 * at(far.column, far.row, c);
    image.values[n + c] = image.values[n + c]! + lacking * (0.75 * nearRow + 0.25 * farRow);
  }
}
