/** OpenAI's sides are multiples of 16. Ours are of 32, and the next smaller one is taken. */
export function sidesOf(size: string | null | undefined): { width: number; height: number } | object {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(size ?? 'auto') ?? [];
  return width === undefined || height === undefined
    ? {}
    : { width: fit(Number(width)), height: fit(Number(height)) };
}

function fit(side: number): number {
  return side % 32 === 16 && side > 64 ? side - 16 : side;
}
