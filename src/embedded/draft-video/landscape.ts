import { seededRandom } from '../../media/random.ts';
import type { CameraMove } from './camera.ts';
import type { Direction } from './direction.ts';
import { drawCutOut, drawStill, type View } from './draw.ts';
import { rasterise, type Size } from './paint.ts';
import { paintStrip, type Strip } from './paint-ground.ts';
import { paintSky } from './paint-sky.ts';
import { type CutOut, cutOutOf, type Picture, pictureOf, toYuv } from './picture.ts';
import { hazeTones } from './tones.ts';
import { drawWater } from './water.ts';

/** One strip of the painted scene, standing `depth` canvas widths away at the beginning. */
interface LandLayer {
  cutOut: CutOut;
  strip: Strip;
  depth: number;
  /** First row with anything in it, and the first row from which on nothing shines through. */
  topRow: number;
  solidRow: number;
}

/** A scene painted for a prompt without pictures: sky and strips of land at several depths. */
export interface Landscape {
  size: Size;
  direction: Direction;
  sky: Picture;
  layers: LandLayer[];
  horizonRow: number;
}

const nearest = 0.42;
const furthest = 3;
/** Height of the camera over the land, in canvas heights at depth 1; over water it hovers just above. */
const cameraHeight = 0.12;
const isWatery = ({ place }: Direction) => place === 'sea' || place === 'city';
const skyMargin = 1.3;

/** Paints the scene once; {@link drawLandscape} moves it. `onPainted` hears of every layer. */
export async function paintLandscape(
  direction: Direction,
  size: Size,
  { seed, onPainted }: { seed: number; onPainted: (layers: number, of: number) => Promise<void> },
): Promise<Landscape> {
  const random = seededRandom(seed ^ 0x5ce9e);
  const horizon = 0.58 + 0.08 * random();
  const even = (length: number) => 2 * Math.round(length / 2);
  const skySize = { width: even(size.width * skyMargin), height: even(size.height * skyMargin) };
  const sky = pictureOf(
    await paintSky(direction, skySize, { horizon: (horizon + 0.15) / skyMargin, random }),
  );
  const layers: LandLayer[] = [];
  const depths = depthsOf(direction);
  for (const [layer, depth] of depths.entries()) {
    await onPainted(layer, depths.length);
    const baseRow = even(size.height * (direction.place === 'space' ? 1 : 0.62));
    const strip = { width: even(size.width * 1.5), height: baseRow + even(size.height * 0.12), baseRow };
    const svg = paintStrip(direction, strip, { isNearest: layer === depths.length - 1, random });
    const cutOut = cutOutOf(await rasterise(svg, strip), direction.palette.ground);
    layers.push({ cutOut, strip, depth, ...rowsOf(cutOut) });
  }
  return { size, direction, sky, layers, horizonRow: Math.round(size.height * horizon) };
}

function depthsOf({ place, move }: Direction): number[] {
  if (place === 'space') return [1.1];
  if (place === 'sea') return [2.6, 1.7];
  return move === 'flythrough' ? [3, 2.5, 2, 1.5, 1] : [3, 2, 1.3, 0.85];
}

function rowsOf({ planes: [luma], width, height }: CutOut): { topRow: number; solidRow: number } {
  const rows = Array.from({ length: height }, (_, y) => luma!.samples.subarray(y * width, (y + 1) * width));
  const alpha = (sample: number) => sample >>> 16;
  const topRow = rows.findIndex((row) => row.some((sample) => alpha(sample) > 0));
  const lastHole = rows.findLastIndex((row) => row.some((sample) => alpha(sample) < 255));
  // Below its last row a strip goes on as that row is.
  const solidRow = lastHole === height - 1 ? Infinity : lastHole + 1;
  return { topRow: Math.max(0, topRow), solidRow };
}

/** How far the camera has gone, in the units of depth, and sideways and up, in canvas widths at depth 1. */
interface Travel {
  forward: number;
  sideways: number;
  up: number;
}

function travelAt(move: CameraMove, progress: number, durationSeconds: number): Travel {
  const way = progress * Math.max(0.3, durationSeconds / 6);
  const still = { forward: 0.12 * way, sideways: 0, up: 0 };
  switch (move) {
    case 'push-in':
      return { ...still, forward: 0.36 * Math.min(1, way) };
    case 'pull-out':
      return { ...still, forward: -0.5 * way };
    case 'pan-left':
      return { ...still, sideways: -0.3 * way };
    case 'pan-right':
      return { ...still, sideways: 0.3 * way };
    case 'tilt-up':
      return { ...still, up: 0.12 * way };
    case 'tilt-down':
      return { ...still, up: -0.08 * way };
    case 'orbit':
      return { ...still, sideways: 0.35 * Math.sin(way * 2.2) };
    case 'flythrough':
      return { forward: 2.2 * way, sideways: 0.08 * Math.sin(way * 3), up: 0.02 * Math.sin(way * 4) };
    case 'locked':
      return { forward: 0.02 * way, sideways: 0.02 * Math.sin(way * 2), up: 0 };
  }
}

/** Draws the scene at `progress` 0..1 of the shot over the whole canvas. */
export function drawLandscape(
  canvas: Picture,
  { size, direction, sky, layers, horizonRow }: Landscape,
  { progress, durationSeconds }: { progress: number; durationSeconds: number },
): void {
  const travel = travelAt(direction.move, progress, durationSeconds);
  const horizon = horizonRow + travel.up * size.height;
  const landEnd = isWatery(direction) ? Math.ceil(horizon) : size.height;
  const placed = layers
    .map((layer) => place(layer, direction, { size, travel, horizon }))
    .filter(({ opacity }) => opacity > 0)
    .toSorted((a, b) => b.depth - a.depth);
  /** Rows that no layer after the first `count` hides. */
  const seenBehind = (count: number) =>
    Math.min(landEnd, ...placed.slice(count).map(({ hidesFrom }) => hidesFrom));
  drawSky(canvas, sky, { size, travel, toRow: seenBehind(0) });
  const haze = toYuv(direction.palette.horizon);
  for (const [i, { layer, view, top, depth, opacity }] of placed.entries()) {
    const air = direction.place === 'space' ? 0 : (depth - nearest) / (furthest - nearest);
    const tones = hazeTones(haze, 0.88 * Math.max(0, air) ** 0.7);
    const rows = { from: top, to: seenBehind(i + 1) };
    drawCutOut(canvas, layer.cutOut, view, { rows, tones, opacity });
  }
  if (isWatery(direction)) {
    drawWater(canvas, { horizonRow: Math.round(horizon), seconds: progress * durationSeconds });
  }
}

function drawSky(
  canvas: Picture,
  sky: Picture,
  { size, travel, toRow }: { size: Size; travel: Travel; toRow: number },
): void {
  const zoom = 1 + 0.015 * travel.forward;
  const middle = (margin: number, length: number, shift: number) =>
    (margin * length) / 2 + shift * length - length / 2 / zoom;
  const origin = {
    x: middle(skyMargin, size.width, 0.12 * travel.sideways),
    y: middle(skyMargin, size.height, -travel.up),
  };
  const view: View = {
    across: { origin: origin.x, zoom, edge: 'mirror' },
    down: { origin: origin.y, zoom, edge: 'mirror' },
  };
  drawStill(canvas, sky, view, { rows: { from: 0, to: toRow } });
}

/** Where a layer is now: similar triangles, about the vanishing point on the horizon. */
function place(
  layer: LandLayer,
  direction: Direction,
  { size, travel, horizon }: { size: Size; travel: Travel; horizon: number },
) {
  const span = furthest - nearest;
  const ahead = layer.depth - travel.forward - nearest;
  const isEndless = direction.move === 'flythrough';
  const depth = nearest + (isEndless ? ((ahead % span) + span) % span : Math.max(0.02, ahead));
  const zoom = 1 / depth;
  const fadesIn = (furthest - depth) / 0.4;
  const fadesOut = (depth - nearest) / 0.25;
  const opacity = isEndless ? Math.min(1, fadesIn, fadesOut) : 1;
  const across = layer.strip.width / 2 + travel.sideways * size.width - size.width / 2 / zoom;
  const above = isWatery(direction) ? 0 : cameraHeight * size.height;
  const down = layer.strip.baseRow - above - horizon / zoom;
  const rowOnCanvas = (row: number) => (row - down) * zoom;
  return {
    layer,
    depth,
    opacity,
    view: {
      across: { origin: across, zoom, edge: 'wrap' as const },
      down: { origin: down, zoom, edge: 'hold' as const },
    },
    top: Math.max(0, Math.floor(rowOnCanvas(layer.topRow) - zoom)),
    hidesFrom: opacity < 1 ? Infinity : Math.ceil(rowOnCanvas(layer.solidRow) + zoom),
  };
}
