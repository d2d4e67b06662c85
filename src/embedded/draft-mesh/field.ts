import { blurPlane, createPlane, type Plane, samplePlane } from './plane.ts';
import type { Silhouette } from './silhouette.ts';

/**
 * The silhouette on the corners of the mesh's grid: above 0 inside, at most 0 outside and all along the grid's
 * border. The outline runs where it crosses 0.
 */
export interface Field {
  inside: Plane;
  /** Side of a grid cell in pixels of the silhouette. */
  cellPixels: number;
  /** Where the first corner lies in the silhouette, in pixels from its left and top edge. */
  originX: number;
  originY: number;
}

/** Free cells around the subject, so that the outline closes inside the grid. */
const marginCells = 2;
/** A thin subject fades when it is smoothed; the outline is then drawn at a lower level, down to this. */
const outlineLevels = [0.5, 0.35, 0.2, 0.1, 0.03];

/** Lays a grid of `cells` cells along the longest side of the subject, plus a margin. */
export function createField({ coverage, bounds }: Silhouette, cells: number): Field {
  const cellPixels = Math.max(bounds.width, bounds.height) / cells;
  const columns = Math.ceil(bounds.width / cellPixels) + 2 * marginCells;
  const rows = Math.ceil(bounds.height / cellPixels) + 2 * marginCells;
  const originX = bounds.left + bounds.width / 2 - (columns / 2) * cellPixels;
  const originY = bounds.top + bounds.height / 2 - (rows / 2) * cellPixels;
  const blurPixels = Math.max(1, Math.round(cellPixels * 0.5));
  const padding = Math.ceil((marginCells + 1) * cellPixels) + 2 * blurPixels;
  const smooth = blurPlane(padded(coverage, padding), { radius: blurPixels, passes: 2 });
  const inside = createPlane(columns + 1, rows + 1);
  for (let row = 1; row < rows; row++) {
    for (let column = 1; column < columns; column++) {
      const x = originX + column * cellPixels - 0.5 + padding;
      const y = originY + row * cellPixels - 0.5 + padding;
      inside.values[row * inside.width + column] = samplePlane(smooth, x, y);
    }
  }
  const level = outlineLevel(inside, areaOf(coverage) / (cellPixels * cellPixels));
  for (let n = 0; n < inside.values.length; n++) inside.values[n] = inside.values[n]! - level;
  return { inside, cellPixels, originX, originY };
}

/** Nothing of the subject goes beyond the picture: around it is outside. */
function padded({ width, height, values }: Plane, padding: number): Plane {
  const plane = createPlane(width + 2 * padding, height + 2 * padding);
  for (let y = 0; y < height; y++) {
    const row = values.subarray(y * width, (y + 1) * width);
    plane.values.set(row, (y + padding) * plane.width + padding);
  }
  return plane;
}

function areaOf({ values }: Plane): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** The highest level at which most of the subject's area (in cells) is still inside. */
function outlineLevel({ values }: Plane, areaCells: number): number {
  const kept = outlineLevels.find((level) => {
    const inside = values.reduce((sum, value) => sum + (value > level ? 1 : 0), 0);
    return inside > areaCells * 0.85;
  });
  return kept ?? outlineLevels.at(-1)!;
}
