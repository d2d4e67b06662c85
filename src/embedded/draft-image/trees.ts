import { type Color, color, css, lit, mix } from './color.ts';
import { pick } from './scene.ts';
import type { Layer, Stage } from './stage.ts';
import { drawSvg, px } from './svg-layer.ts';

/** One row of trees. Lengths in pixels. */
export interface TreeRow {
  /** Where the trunks stand. */
  base: number;
  height: number;
  /** Mean distance between two trees, as a part of `height`. */
  spacing: number;
  /** 0 is near, 1 lost in haze. */
  distance: number;
  /** No trees here, as parts of the width: an opening for what stands behind. */
  clearing?: [from: number, to: number];
}

/** A row of trees that fits the season: firs, or round crowns in autumn and spring. */
export async function drawTreeRow(stage: Stage, row: TreeRow): Promise<void> {
  const { picture, random, scene } = stage;
  const firs = !scene.moods.some((mood) => mood === 'autumn' || mood === 'lush' || mood === 'pastel');
  const step = row.height * row.spacing;
  const trees: string[] = [];
  for (let x = -step; x < picture.width + step; x += step * (0.5 + random())) {
    const at = x / picture.width;
    const tall = row.height * (0.6 + 0.5 * random());
    if (row.clearing && at > row.clearing[0] && at < row.clearing[1]) continue;
    const place = { x, y: row.base + row.height * 0.06 * (random() - 0.3), height: tall };
    trees.push(firs ? fir(stage, row, place) : roundTree(stage, row, place));
  }
  await drawSvg(picture, `<defs>${treeShade(stage, row)}</defs>${trees.join('')}`);
}

function treeShade(stage: Stage, row: TreeRow): string {
  const top = treeColor(
    stage,
    row.distance,
    color(stage.scene.moods.includes('cold') ? '#5a7580' : '#274a38'),
  );
  const foot = mix(top, stage.palette.haze, 0.15 + row.distance * 0.45);
  return `<linearGradient id="fir" gradientUnits="userSpaceOnUse" x1="0" x2="0" y1="${px(row.base - row.height)}" y2="${px(row.base)}">
    <stop offset="0.3" stop-color="${css(top)}"/><stop offset="1" stop-color="${css(foot)}"/></linearGradient>`;
}

function treeColor({ palette }: Stage, distance: number, own: Color): Color {
  const near = mix(lit(own, palette.ambient), palette.ink, 0.5 * (1 - distance));
  return mix(near, palette.haze, distance * 0.88);
}

interface Place {
  x: number;
  y: number;
  height: number;
}

/** Tiers of drooping branches, each side a little different; in the cold with snow on them. */
function fir({ random, scene, palette }: Stage, row: TreeRow, { x, y, height }: Place): string {
  const tiers = 7;
  const half = height * (0.16 + 0.07 * random());
  const sides = [-1, 1].map((side) => {
    const points: [number, number][] = [];
    for (let tier = 1; tier <= tiers; tier++) {
      const part = tier / tiers;
      const reach = half * part * (0.8 + 0.4 * random());
      const droop = y - height + height * (0.06 + 0.86 * part);
      points.push([x + side * reach, droop], [x + side * reach * 0.45, droop - height * 0.035]);
    }
    return points;
  });
  const outline = [[x, y - height] as [number, number], ...(sides[1] ?? []), ...(sides[0] ?? []).reverse()];
  const trunk = `<rect x="${px(x - height * 0.015)}" y="${px(y - height * 0.1)}" width="${px(height * 0.03)}" height="${px(height * 0.12)}" fill="url(#fir)"/>`;
  const body = `<path d="M${outline.map(([u, v]) => `${px(u)} ${px(v)}`).join('L')}Z" fill="url(#fir)"/>`;
  if (!scene.moods.includes('cold') && !scene.weather.includes('snow')) return trunk + body;
  const white = css(mix(mix(color('#ffffff'), palette.ambient, 0.35), palette.haze, row.distance * 0.9));
  const caps = sides.flatMap((points) =>
    points
      .filter((_, index) => index % 2 === 0)
      .map(
        ([u, v]) =>
          `M${px(u)} ${px(v)}L${px((u + x) / 2)} ${px(v - height * 0.07)}L${px(x)} ${px(v - height * 0.09)}L${px((u + x) / 2)} ${px(v - height * 0.03)}Z`,
      ),
  );
  return `${trunk}${body}<path d="${caps.join('')}" fill="${white}" opacity="0.85"/>`;
}

/** A trunk under a heap of round leaves, lit from above. */
function roundTree(stage: Stage, row: TreeRow, { x, y, height }: Place): string {
  const { random, scene, palette } = stage;
  const leaves = scene.moods.includes('autumn')
    ? ['#d9762b', '#c24e22', '#e2a437', '#a83e24']
    : scene.moods.includes('pastel')
      ? ['#f2b6c6', '#f7cfd8', '#e79fb8', '#d9b8e8']
      : ['#3f8f4a', '#5aa648', '#2f7a4d', '#79b356'];
  const own = color(pick(leaves, random));
  const dark = treeColor(stage, row.distance, mix(own, palette.ink, 0.35));
  const light = mix(treeColor(stage, row.distance, own), palette.sun, 0.22 * (1 - row.distance));
  const radius = height * (0.2 + 0.07 * random());
  const middle = y - height * 0.64;
  const trunkColor = treeColor(stage, row.distance, color('#3d2b22'));
  const trunk = `<path d="M${px(x - height * 0.03)} ${px(y)}L${px(x - height * 0.012)} ${px(middle)}h${px(height * 0.024)}L${px(x + height * 0.03)} ${px(y)}Z" fill="${css(trunkColor)}"/>`;
  const heaps = Array.from({ length: 26 }, (_, index) => {
    const angle = random() * Math.PI * 2;
    const reach = radius * 0.95 * Math.sqrt(random());
    const upper = index / 25;
    const u = x + Math.cos(angle) * reach * 1.1;
    const v = middle + Math.sin(angle) * reach * 0.9 + radius * (0.35 - upper * 0.6);
    return `<circle cx="${px(u)}" cy="${px(v)}" r="${px(radius * (0.4 + 0.16 * random() - upper * 0.24))}" fill="${css(mix(dark, light, upper))}"/>`;
  });
  return trunk + heaps.join('');
}

/** The near edge of a landscape: a dark row of trees at the bottom, open in the middle. */
export const treesInFront: Layer = {
  name: 'trees in front',
  async paint(stage) {
    const { picture, unit, random } = stage;
    const middle = 0.35 + random() * 0.3;
    await drawTreeRow(stage, {
      base: picture.height + unit * 0.03,
      height: unit * 0.26,
      spacing: 0.26,
      distance: 0.1,
      clearing: [middle - 0.24, middle + 0.24],
    });
    await drawTreeRow(stage, {
      base: picture.height + unit * 0.09,
      height: unit * 0.19,
      spacing: 0.2,
      distance: 0,
    });
  },
};

/** A line of small trees along the far shore. */
export const farShore: Layer = {
  name: 'far shore',
  async paint(stage) {
    const { horizon, unit } = stage;
    await drawTreeRow(stage, {
      base: horizon + unit * 0.004,
      height: unit * 0.075,
      spacing: 0.2,
      distance: 0.4,
    });
  },
};

/** Groups of trees on the nearest far hill. */
export const copses: Layer = {
  name: 'copses',
  async paint(stage) {
    const { horizon, unit, random } = stage;
    const gap = 0.2 + random() * 0.4;
    const clearing: [number, number] = [gap, gap + 0.25];
    await drawTreeRow(stage, {
      base: horizon + unit * 0.012,
      height: unit * 0.07,
      spacing: 0.4,
      distance: 0.45,
      clearing,
    });
    await drawTreeRow(stage, {
      base: horizon + unit * 0.07,
      height: unit * 0.13,
      spacing: 1.3,
      distance: 0.24,
      clearing,
    });
  },
};
