/** The value below which `fraction` of the values lie. NaN for none. */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** A slope in units of y for one of x, and the bounds between which it lies with 95 % confidence. */
export interface Slope {
  slope: number;
  low: number;
  high: number;
}

/** Of the standard normal distribution: 95 % lie within. */
const quantile = 1.96;

/**
 * The median of the slopes between all pairs of points, which up to 29 % of wild points don't move, with its
 * distribution-free bounds. Sen: Estimates of the Regression Coefficient Based on Kendall's Tau (1968). The bounds
 * take the points for independent: samples of one slow wave make them too narrow.
 */
export function medianSlope(points: readonly { x: number; y: number }[]): Slope {
  const slopes = points
    .flatMap((a, index) => points.slice(index + 1).map((b) => (b.y - a.y) / (b.x - a.x)))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const count = points.length;
  const spread = quantile * Math.sqrt((count * (count - 1) * (2 * count + 5)) / 18);
  const at = (rank: number) => slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(rank)))] ?? 0;
  return {
    slope: median(slopes),
    low: at((slopes.length - spread) / 2),
    high: at((slopes.length + spread) / 2),
  };
}
