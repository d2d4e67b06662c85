import { type Color, color, css, lit, mix } from './color.ts';
import { colorBefore, firstMentioned } from './prompt-words.ts';
import { pick } from './scene.ts';
import type { Layer, Stage } from './stage.ts';
import { drawSvg, px } from './svg-layer.ts';

const centrepieceWords = {
  cup: 'coffee cup tea mug teapot cappuccino breakfast',
  bottle: 'bottle wine perfume glass beer',
  vase: 'vase flower flowers bouquet rose tulip plant',
};

/** A centrepiece and fruit on the table. */
export const stillLife: Layer = {
  name: 'still life',
  async paint(stage) {
    const { picture, unit, horizon, random, scene, palette } = stage;
    const kind =
      firstMentioned(scene.words, centrepieceWords) ?? pick(['vase', 'bottle', 'cup'] as const, random);
    const x = picture.width * 0.5;
    const foot = horizon + (picture.height - horizon) * 0.38;
    const own =
      colorBefore(scene.words, [kind, 'mug', 'teapot']) ??
      (kind === 'vase' ? null : scene.subjectColor) ??
      mix(palette.secondAccent, color('#ffffff'), 0.15);
    const draw = { vase, bottle, cup }[kind];
    const shapes = [shadow(x, foot, unit * 0.2), draw(stage, { x, foot, size: unit * 0.3, own })];
    const count = 2 + Math.floor(random() * 3);
    for (let index = 0; index < count; index++) {
      const side = index % 2 === 0 ? -1 : 1;
      const at = x + side * unit * (0.2 + 0.11 * Math.floor(index / 2) + random() * 0.04);
      shapes.push(fruit(stage, { x: at, foot: foot + unit * (0.03 + random() * 0.06), size: unit * 0.058 }));
    }
    await drawSvg(picture, shapes.join(''), {
      rim: { dx: -unit * 0.012, dy: -unit * 0.008, color: palette.sun, strength: 0.5 },
    });
  },
};

interface Piece {
  x: number;
  foot: number;
  size: number;
  own: Color;
}

function shadow(x: number, foot: number, width: number): string {
  return `<defs><radialGradient id="cast"><stop offset="0" stop-color="#000" stop-opacity="0.55"/><stop offset="1" stop-color="#000" stop-opacity="0"/></radialGradient></defs>
  <ellipse cx="${px(x + width * 0.35)}" cy="${px(foot)}" rx="${px(width)}" ry="${px(width * 0.2)}" fill="url(#cast)"/>`;
}

/** Shading of something round: bright on the left, dark on the right. */
function roundFill(id: string, own: Color, { palette }: Stage): string {
  const base = lit(own, mix(palette.ambient, color('#ffffff'), 0.5));
  return `<defs><linearGradient id="${id}"><stop offset="0" stop-color="${css(mix(base, palette.ink, 0.15))}"/><stop offset="0.28" stop-color="${css(mix(base, palette.sun, 0.45))}"/><stop offset="0.6" stop-color="${css(base)}"/><stop offset="1" stop-color="${css(mix(base, palette.ink, 0.65))}"/></linearGradient></defs>`;
}

function vase(stage: Stage, { x, foot, size, own }: Piece): string {
  const half = size * 0.34;
  const top = foot - size;
  const body = `<path d="M${px(x - half * 0.5)} ${px(top)}C${px(x - half * 0.3)} ${px(top + size * 0.3)} ${px(x - half * 1.5)} ${px(top + size * 0.45)} ${px(x - half)} ${px(foot - size * 0.16)}Q${px(x - half * 0.8)} ${px(foot)} ${px(x)} ${px(foot)}T${px(x + half)} ${px(foot - size * 0.16)}C${px(x + half * 1.5)} ${px(top + size * 0.45)} ${px(x + half * 0.3)} ${px(top + size * 0.3)} ${px(x + half * 0.5)} ${px(top)}Z" fill="url(#vase)"/>`;
  return roundFill('vase', own, stage) + bouquet(stage, { x, foot: top + size * 0.05, size, own }) + body;
}

function bouquet({ random, palette, scene }: Stage, { x, foot, size }: Piece): string {
  const petals = [
    scene.subjectColor ?? palette.accent,
    palette.accent,
    mix(palette.accent, color('#ffffff'), 0.45),
    palette.secondAccent,
  ];
  const stems: string[] = [];
  const heads: string[] = [];
  for (let index = 0; index < 13; index++) {
    const angle = ((index + 0.5) / 13 - 0.5) * 2.1 + (random() - 0.5) * 0.25;
    const reach = size * (0.55 + random() * 0.65);
    const u = x + Math.sin(angle) * reach;
    const v = foot - Math.cos(angle) * reach;
    stems.push(
      `M${px(x + Math.sin(angle) * size * 0.08)} ${px(foot)}Q${px(x + Math.sin(angle) * reach * 0.3)} ${px(foot - reach * 0.6)} ${px(u)} ${px(v)}`,
    );
    heads.push(
      flower({
        x: u,
        y: v,
        radius: size * (0.1 + random() * 0.07),
        petal: pick(petals, random),
        heart: palette.sun,
        random,
      }),
    );
  }
  const leaf = css(mix(color('#3f7a4a'), palette.ink, 0.25));
  return `<path d="${stems.join('')}" fill="none" stroke="${leaf}" stroke-width="${px(size * 0.018)}"/>${heads.join('')}`;
}

function flower(part: {
  x: number;
  y: number;
  radius: number;
  petal: Color;
  heart: Color;
  random: () => number;
}): string {
  const { x, y, radius, petal, heart, random } = part;
  const turn = random() * 60;
  const rings = [1, 0.66].map((scale, ring) => {
    const fill = css(mix(petal, ring ? color('#ffffff') : color('#20101c'), ring ? 0.22 : 0.14));
    return Array.from(
      { length: 8 },
      (_, index) =>
        `<ellipse cx="${px(x)}" cy="${px(y - radius * 0.55 * scale)}" rx="${px(radius * 0.27 * scale)}" ry="${px(radius * 0.52 * scale)}" fill="${fill}" transform="rotate(${px(turn + ring * 22 + index * 45)} ${px(x)} ${px(y)})"/>`,
    ).join('');
  });
  return `${rings.join('')}<circle cx="${px(x)}" cy="${px(y)}" r="${px(radius * 0.2)}" fill="${css(heart)}"/>`;
}

function bottle(stage: Stage, { x, foot, size, own }: Piece): string {
  const half = size * 0.2;
  const top = foot - size * 1.35;
  const body = `<path d="M${px(x - half * 0.36)} ${px(top)}h${px(half * 0.72)}v${px(size * 0.36)}C${px(x + half * 0.4)} ${px(top + size * 0.55)} ${px(x + half)} ${px(top + size * 0.5)} ${px(x + half)} ${px(top + size * 0.72)}V${px(foot - half * 0.2)}q0 ${px(half * 0.2)} ${px(-half * 0.2)} ${px(half * 0.2)}H${px(x - half * 0.8)}q${px(-half * 0.2)} 0 ${px(-half * 0.2)} ${px(-half * 0.2)}V${px(top + size * 0.72)}C${px(x - half)} ${px(top + size * 0.5)} ${px(x - half * 0.4)} ${px(top + size * 0.55)} ${px(x - half * 0.36)} ${px(top + size * 0.36)}Z" fill="url(#bottle)"/>`;
  const label = `<rect x="${px(x - half)}" y="${px(foot - size * 0.45)}" width="${px(half * 2)}" height="${px(size * 0.26)}" fill="${css(mix(stage.palette.sun, color('#e8dcc4'), 0.5))}" opacity="0.85"/>`;
  return roundFill('bottle', mix(own, color('#1f4a36'), 0.35), stage) + body + label;
}

function cup(stage: Stage, { x, foot, size, own }: Piece): string {
  const half = size * 0.42;
  const top = foot - size * 0.62;
  const china = mix(own, color('#ffffff'), 0.55);
  const coffee = css(color('#4a2a1a'));
  const steam = [-0.3, 0, 0.3].map(
    (at) =>
      `<path d="M${px(x + half * at)} ${px(top - size * 0.12)}q${px(size * 0.1)} ${px(-size * 0.14)} 0 ${px(-size * 0.28)}t0 ${px(-size * 0.26)}" fill="none" stroke="#fff" stroke-opacity="0.35" stroke-width="${px(size * 0.03)}" stroke-linecap="round"/>`,
  );
  return `${roundFill('cup', china, stage)}
    <ellipse cx="${px(x)}" cy="${px(foot)}" rx="${px(half * 1.5)}" ry="${px(half * 0.3)}" fill="url(#cup)"/>
    <path d="M${px(x + half * 0.9)} ${px(top + size * 0.12)}c${px(size * 0.34)} ${px(-size * 0.05)} ${px(size * 0.3)} ${px(size * 0.4)} ${px(-size * 0.06)} ${px(size * 0.34)}" fill="none" stroke="url(#cup)" stroke-width="${px(size * 0.06)}"/>
    <path d="M${px(x - half)} ${px(top)}C${px(x - half)} ${px(foot - size * 0.1)} ${px(x - half * 0.7)} ${px(foot)} ${px(x)} ${px(foot)}S${px(x + half)} ${px(foot - size * 0.1)} ${px(x + half)} ${px(top)}Z" fill="url(#cup)"/>
    <ellipse cx="${px(x)}" cy="${px(top)}" rx="${px(half)}" ry="${px(half * 0.24)}" fill="${css(mix(china, color('#ffffff'), 0.4))}"/>
    <ellipse cx="${px(x)}" cy="${px(top + size * 0.012)}" rx="${px(half * 0.88)}" ry="${px(half * 0.19)}" fill="${coffee}"/>${steam.join('')}`;
}

const fruitColors: Readonly<Record<string, string>> = {
  apple: '#c63a33',
  lemon: '#f0cf4a',
  orange: '#ee8a2e',
  pear: '#b4b84a',
};

function fruit(stage: Stage, { x, foot, size }: { x: number; foot: number; size: number }): string {
  const { random, scene } = stage;
  const named = Object.keys(fruitColors).filter((word) => scene.words.includes(word));
  const kind = pick(named.length > 0 ? named : Object.keys(fruitColors), random);
  const own = color(fruitColors[kind] ?? '#c63a33');
  const { palette } = stage;
  const id = `f${Math.round(x)}`;
  const fill = `<defs><radialGradient id="${id}" cx="0.34" cy="0.3" r="0.8"><stop offset="0" stop-color="${css(mix(own, palette.sun, 0.6))}"/><stop offset="0.4" stop-color="${css(own)}"/><stop offset="1" stop-color="${css(mix(own, palette.ink, 0.7))}"/></radialGradient></defs>`;
  const wide = kind === 'lemon' ? 1.2 : 1;
  const stem = `<path d="M${px(x)} ${px(foot - size * 1.8)}q${px(size * 0.06)} ${px(-size * 0.2)} ${px(size * 0.22)} ${px(-size * 0.36)}" fill="none" stroke="#4a3524" stroke-width="${px(size * 0.1)}" stroke-linecap="round"/>`;
  return `${fill}<ellipse cx="${px(x + size * 0.5)}" cy="${px(foot)}" rx="${px(size * 1.4)}" ry="${px(size * 0.24)}" fill="#000" opacity="0.28"/>${stem}
    <ellipse cx="${px(x)}" cy="${px(foot - size * 0.92)}" rx="${px(size * wide)}" ry="${px(size)}" fill="url(#${id})"/>`;
}
