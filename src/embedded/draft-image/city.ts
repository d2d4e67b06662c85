import { type Color, color, css, lit, mix } from './color.ts';
import { pick } from './scene.ts';
import type { Layer, Stage } from './stage.ts';
import { drawSvg, px } from './svg-layer.ts';

/** Rows of buildings from the haze to the viewer; windows light up as it gets dark. */
export const skyline: Layer = {
  name: 'skyline',
  async paint(stage) {
    const { picture, unit, horizon } = stage;
    const rows = 4;
    for (let index = 0; index < rows; index++) {
      const near = index / (rows - 1);
      const buildings: string[] = [];
      const width = unit * (0.055 + near * 0.06);
      for (let x = -width; x < picture.width + width;) {
        const own = width * (0.6 + stage.random() * 0.9);
        buildings.push(building(stage, { x, width: own, foot: horizon, near }));
        x += own * (1.02 + stage.random() * (near > 0.6 ? 0.9 : 0.25));
      }
      await drawSvg(picture, buildings.join(''));
    }
  },
};

interface Building {
  x: number;
  width: number;
  foot: number;
  /** 0 far, 1 near. */
  near: number;
}

function building(stage: Stage, { x, width, foot, near }: Building): string {
  const { palette, random, unit, noise, scene, picture } = stage;
  // Towers crowd together: height follows a slow wave across the picture.
  const cluster = 0.55 + 0.45 * noise.at((x / picture.width) * 3.5 + near * 10, near * 4);
  const tall = Math.min(foot * 0.85, unit * (0.1 + cluster * 0.4 + random() * 0.16) * (1.02 - near * 0.3));
  const top = foot - tall;
  const own = lit(mix(color('#59637a'), color('#8a6f6a'), random()), palette.ambient);
  const wall = mix(mix(own, palette.ink, 0.3 + near * 0.3), palette.haze, 0.78 * (1 - near) + 0.04);
  const sunny = mix(wall, palette.sun, 0.2 * (1 - palette.darkness));
  const foggy = mix(wall, palette.haze, 0.4);
  const id = `b${Math.round(x)}n${Math.round(near * 9)}`;
  const fill = `<defs><linearGradient id="${id}" x1="0" x2="0.25" y1="0" y2="1"><stop offset="0" stop-color="${css(sunny)}"/><stop offset="0.5" stop-color="${css(wall)}"/><stop offset="1" stop-color="${css(foggy)}"/></linearGradient></defs>`;
  const body = `<rect x="${px(x)}" y="${px(top)}" width="${px(width)}" height="${px(tall)}" fill="url(#${id})"/>`;
  const neon = scene.moods.includes('neon') && near > 0.3 ? neonSigns(stage, { x, top, width, tall }) : '';
  return (
    fill +
    roof(stage, { x, width, top, fill: css(wall) }) +
    body +
    windows(stage, { x, top, width, tall, near, wall }) +
    neon
  );
}

function roof({ random }: Stage, part: { x: number; width: number; top: number; fill: string }): string {
  const { x, width, top, fill } = part;
  const kind = random();
  const middle = x + width / 2;
  if (kind < 0.2) {
    return `<path d="M${px(middle - width * 0.02)} ${px(top)}l${px(width * 0.02)} ${px(-width * 0.9)}l${px(width * 0.02)} ${px(width * 0.9)}Z" fill="${fill}"/>`;
  }
  if (kind < 0.45) {
    return `<rect x="${px(x + width * 0.18)}" y="${px(top - width * 0.22)}" width="${px(width * 0.64)}" height="${px(width * 0.24)}" fill="${fill}"/>`;
  }
  if (kind < 0.55)
    return `<path d="M${px(x)} ${px(top + 0.5)}L${px(x + width)} ${px(top - width * 0.5)}V${px(top + 0.5)}Z" fill="${fill}"/>`;
  return '';
}

function windows(
  { palette, random, unit, scene }: Stage,
  part: { x: number; top: number; width: number; tall: number; near: number; wall: Color },
): string {
  const cell = Math.max(3, unit * (0.009 + part.near * 0.006));
  const columns = Math.floor(part.width / cell) - 1;
  const rows = Math.floor(part.tall / (cell * 1.35)) - 1;
  if (columns < 1 || rows < 1) return '';
  const left = part.x + (part.width - columns * cell) / 2;
  const warm = ['#ffd98a', '#ffc36b', '#fff0c4', '#ffe2a8'].map(color);
  const glass = scene.moods.includes('neon') ? [...warm, palette.accent, palette.secondAccent] : warm;
  const shown = glass.map(() => '');
  let unlit = '';
  const share = 0.12 + 0.38 * palette.darkness;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const shape = `M${px(left + column * cell + cell * 0.2)} ${px(part.top + cell * 0.8 + row * cell * 1.35)}h${px(cell * 0.6)}v${px(cell * 0.8)}h${px(-cell * 0.6)}Z`;
      const index = Math.floor(random() * glass.length);
      if (random() < share) shown[index] += shape;
      else unlit += shape;
    }
  }
  const strength = (0.25 + 0.7 * palette.darkness) * (0.35 + 0.65 * part.near);
  const dark = css(mix(part.wall, palette.ink, 0.22));
  const lights = shown.map(
    (path, index) =>
      `<path d="${path}" fill="${css(glass[index] ?? palette.sun)}" opacity="${px(strength)}"/>`,
  );
  return `<path d="${unlit}" fill="${dark}" opacity="0.55"/>${lights.join('')}`;
}

/** Vertical signs and lit edges in the two accents. */
function neonSigns(
  { palette, random }: Stage,
  { x, top, width, tall }: { x: number; top: number; width: number; tall: number },
): string {
  const tint = css(
    pick([palette.accent, palette.secondAccent, mix(palette.accent, palette.sun, 0.4)], random),
  );
  const edge = random() < 0.5 ? x : x + width * 0.96;
  const line =
    random() < 0.6
      ? `<rect x="${px(edge)}" y="${px(top)}" width="${px(width * 0.04)}" height="${px(tall)}" fill="${tint}" opacity="0.9"/>`
      : '';
  if (random() < 0.45) return line;
  const signTop = top + tall * (0.15 + random() * 0.3);
  const high = tall * (0.12 + random() * 0.2);
  const wide = width * 0.18;
  const left = x + width * (0.1 + random() * 0.6);
  const bars = Array.from(
    { length: 4 },
    (_, index) =>
      `<rect x="${px(left + wide * 0.2)}" y="${px(signTop + high * (0.08 + index * 0.23))}" width="${px(wide * 0.6)}" height="${px(high * 0.14)}" fill="${tint}"/>`,
  );
  return `${line}<rect x="${px(left)}" y="${px(signTop)}" width="${px(wide)}" height="${px(high)}" rx="${px(wide * 0.15)}" fill="#120a1e" stroke="${tint}" stroke-width="${px(wide * 0.1)}"/>${bars.join('')}`;
}
