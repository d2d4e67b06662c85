import type { Direction, Palette } from './direction.ts';
import { blend, paint, type Size, waves } from './paint.ts';
import type { Colour } from './picture.ts';

/** A strip of land that repeats sideways. Its ground begins at `baseRow`; what stands on it reaches up to row 0. */
export interface Strip extends Size {
  baseRow: number;
}

/** The strip's SVG. Land that is not the nearest has mist at its foot. */
export function paintStrip(
  { place, palette }: Direction,
  strip: Strip,
  { isNearest, random }: { isNearest: boolean; random: () => number },
): string {
  switch (place) {
    case 'city':
      return skyline(palette, strip, random);
    case 'forest':
      return (
        ridge(palette, strip, { random, isNearest, rough: 0.2, reach: 0.4 }) + pines(palette, strip, random)
      );
    case 'desert':
      return ridge(palette, strip, { random, isNearest, rough: 0, reach: 0.45 });
    case 'sea':
      return ridge(palette, strip, { random, isNearest: false, rough: 0.5, reach: 0.4 });
    case 'mountains':
      return ridge(palette, strip, { random, isNearest, rough: 1, reach: isNearest ? 0.55 : 1 });
    case 'space':
      return planet(palette, strip, random);
  }
}

const points = 720;

/** `rough` 0 is a dune, 1 an alp; `reach` is the share of the strip that the highest peak may fill. */
interface Ridge {
  random: () => number;
  isNearest: boolean;
  rough: number;
  reach: number;
}

function ridge(
  palette: Palette,
  { width, height, baseRow }: Strip,
  { random, isNearest, rough, reach }: Ridge,
): string {
  const broad = waves(random, { octaves: 3, lowest: 2 });
  const fine = waves(random, { octaves: 6, lowest: 5 });
  const top = (at: number) => {
    // Folded waves have sharp crests and round valleys, as worn rock has.
    const peak = 0.52 + 0.3 * broad(at) + rough * (0.16 - 0.34 * Math.abs(fine(at)));
    return baseRow * (1 - reach * Math.max(0.02, peak));
  };
  const outline = Array.from({ length: points + 1 }, (_, i) => {
    const at = i / points;
    return `${(at * width).toFixed(1)},${top(at).toFixed(1)}`;
  });
  const crest = blend(palette.ground, palette.middle, isNearest ? 0.12 : 0.3);
  const foot = isNearest ? palette.ground : blend(palette.ground, palette.horizon, 0.55);
  return [
    fade(crest, foot),
    `<polygon points="0,${height} ${outline.join(' ')} ${width},${height}" fill="url(#land)"/>`,
  ].join('');
}

function fade(top: Colour, bottom: Colour): string {
  const stops = `<stop stop-color="${paint(top)}"/><stop offset="0.9" stop-color="${paint(bottom)}"/>`;
  return `<linearGradient id="land" x2="0" y2="1">${stops}</linearGradient>`;
}

function pines(palette: Palette, { width, baseRow }: Strip, random: () => number): string {
  const trees = Array.from({ length: 130 }, () => {
    const x = random() * width;
    const tall = baseRow * (0.25 + 0.45 * random() ** 2);
    const foot = baseRow * (0.86 + 0.14 * random());
    const half = tall * (0.13 + 0.06 * random());
    const tiers = [0, 1, 2, 3].map((tier) => {
      const tip = foot - tall * (1 - tier * 0.2);
      const spread = half * (0.4 + tier * 0.2);
      return `M${x - spread},${tip + tall * 0.4}L${x},${tip}L${x + spread},${tip + tall * 0.4}Z`;
    });
    const shade = blend(palette.ground, palette.middle, 0.18 * random());
    return `<path d="${tiers.join('')}" fill="${paint(shade)}"/>`;
  });
  return trees.join('');
}

/** Towers with lit windows, lower in the middle, where the camera passes. */
function skyline(palette: Palette, { width, baseRow }: Strip, random: () => number): string {
  const parts: string[] = [];
  const unit = baseRow / 60;
  for (let x = 0; x < width;) {
    const across = Math.min(width - x, unit * (5 + Math.floor(random() * 7)));
    const fromMiddle = Math.abs((x + across / 2) / width - 0.5) * 2;
    const tall = baseRow * Math.min(1, (0.12 + 0.75 * fromMiddle) * (0.55 + 0.6 * random()));
    parts.push(tower({ x, y: baseRow - tall, across, tall, unit }, palette, random));
    x += across;
  }
  return parts.join('');
}

interface Tower {
  x: number;
  y: number;
  across: number;
  tall: number;
  unit: number;
}

function tower({ x, y, across, tall, unit }: Tower, palette: Palette, random: () => number): string {
  const wall = blend(palette.ground, palette.middle, 0.06 + 0.16 * random());
  const glass = [palette.light, palette.horizon, blend(palette.light, palette.middle, 0.5)][
    Math.floor(random() * 3)
  ];
  const lit = 0.15 + 0.4 * random();
  let windows = '';
  for (let row = y + unit; row < y + tall - unit; row += unit * 1.5) {
    for (let column = x + unit * 0.6; column < x + across - unit; column += unit) {
      if (random() < lit)
        windows += `M${column.toFixed(1)},${row.toFixed(1)}h${(unit * 0.5).toFixed(1)}v${(unit * 0.7).toFixed(1)}h-${(unit * 0.5).toFixed(1)}z`;
    }
  }
  const sign =
    random() < 0.3
      ? `<rect x="${x}" y="${y}" width="${unit * 0.5}" height="${tall * 0.6}" fill="${paint(palette.horizon, 0.9)}"/>`
      : '';
  return [
    `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${(across + 0.6).toFixed(1)}" height="${(tall + 1).toFixed(1)}" fill="${paint(wall)}"/>`,
    `<path d="${windows}" fill="${paint(glass ?? palette.light, 0.85)}"/>`,
    sign,
  ].join('');
}

function planet(palette: Palette, { width, baseRow }: Strip, random: () => number): string {
  const radius = baseRow * (0.16 + 0.26 * random());
  const x = width * (0.42 + 0.16 * random());
  const y = baseRow * (0.45 + 0.2 * random());
  const stops = [
    [0, paint(blend(palette.light, palette.horizon, 0.4))],
    [0.45, paint(palette.horizon)],
    [0.85, paint(palette.middle)],
    [1, paint(palette.ground)],
  ].map(([at, colour]) => `<stop offset="${at}" stop-color="${colour}"/>`);
  return [
    `<radialGradient id="ball" cx="0.3" cy="0.3" r="0.85">${stops.join('')}</radialGradient>`,
    `<circle cx="${x}" cy="${y}" r="${radius}" fill="url(#ball)"/>`,
  ].join('');
}
