import { clamp, type Color, css, gradient, mix } from './color.ts';
import { cover, glow, put, shade, shadeInBands } from './picture.ts';
import { pick } from './scene.ts';
import type { Layer, Stage } from './stage.ts';
import { drawSvg, px } from './svg-layer.ts';

/** Folded silk: noise warped by noise twice (Quilez, "domain warping"), lit like cloth. */
export const silk: Layer = {
  name: 'silk',
  async paint({ picture, palette, noise, unit, random, extraOctaves, pause }) {
    const tint = gradient([
      palette.ink,
      mix(palette.skyTop, palette.accent, 0.25),
      palette.accent,
      palette.skyLow,
      palette.secondAccent,
      mix(palette.secondAccent, palette.ink, 0.6),
    ]);
    const angle = random() * Math.PI;
    const zoom = 1.1 + random() * 0.7;
    const octaves = 2 + extraOctaves;
    const fold = (x: number, y: number) => {
      const u = ((x * Math.cos(angle) + y * Math.sin(angle)) / unit) * zoom;
      const v = ((y * Math.cos(angle) - x * Math.sin(angle)) / unit) * zoom * 1.6;
      const first = noise.fractal(u, v, octaves);
      const second = noise.fractal(u + 2.2 * first + 3.1, v + 1.4 * first + 8.8, octaves);
      return { first, second, height: noise.at(u + 2 * second, v + 1.5 * second + first) };
    };
    let left = 0;
    await shadeInBands(picture, pause, (pixel, x, y) => {
      const { first, second, height } = fold(x, y);
      const slope = x === 0 ? 0 : (height - left) * unit * 0.028;
      left = height;
      put(pixel, tint(height * 0.42 + second * 0.3 + 0.5));
      cover(pixel, palette.ink, clamp(-slope * 1.6 + 0.08 - height * 0.14));
      glow(pixel, palette.sun, clamp(slope * 1.5) ** 1.4 * 0.75);
      glow(pixel, palette.accent, clamp(first * 0.22));
    });
  },
};

/** Bauhaus tiles: quarter discs, half discs, rings and stripes in a few flat colours. */
export const tiles: Layer = {
  name: 'tiles',
  async paint(stage) {
    const { picture, palette, random, unit } = stage;
    const paper = mix(palette.skyLow, palette.sun, 0.6);
    const colors = [
      palette.accent,
      palette.secondAccent,
      palette.skyTop,
      mix(palette.accent, palette.sun, 0.55),
      palette.ink,
      mix(palette.secondAccent, palette.ink, 0.35),
    ];
    const across = Math.max(2, Math.round((picture.width / unit) * pick([3, 4, 5], random)));
    const size = picture.width / across;
    const rows = Math.ceil(picture.height / size);
    const shapes = [`<rect width="${picture.width}" height="${picture.height}" fill="${css(paper)}"/>`];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < across; column++) {
        shapes.push(tile({ x: column * size, y: row * size, size, colors, paper, random }));
      }
    }
    await drawSvg(picture, shapes.join(''));
  },
};

interface Tile {
  x: number;
  y: number;
  size: number;
  colors: Color[];
  paper: Color;
  random: () => number;
}

function tile({ x, y, size, colors, paper, random }: Tile): string {
  const [ground, shape, detail] = [
    pick([...colors, paper, paper], random),
    pick(colors, random),
    pick([...colors, paper], random),
  ].map(css);
  const half = size / 2;
  const turn = `transform="translate(${px(x + half)} ${px(y + half)}) rotate(${90 * Math.floor(random() * 4)}) translate(${px(-half)} ${px(-half)})"`;
  const square = `<rect x="${px(x - 0.3)}" y="${px(y - 0.3)}" width="${px(size + 0.6)}" height="${px(size + 0.6)}" fill="${ground}"/>`;
  const disc = (cx: number, cy: number, radius: number, fill: string | undefined) =>
    `<circle cx="${px(cx)}" cy="${px(cy)}" r="${px(radius)}" fill="${fill}"/>`;
  const quarter = (radius: number, fill: string | undefined) =>
    `<path d="M0 0H${px(radius)}A${px(radius)} ${px(radius)} 0 0 1 0 ${px(radius)}Z" fill="${fill}"/>`;
  const designs = [
    () => quarter(size, shape) + quarter(size * 0.5, detail),
    () => quarter(size, shape),
    () =>
      `<path d="M0 ${px(half)}A${px(half)} ${px(half)} 0 0 1 ${px(size)} ${px(half)}Z" fill="${shape}"/>${disc(half, size * 0.76, size * 0.13, detail)}`,
    () => disc(half, half, half * 0.86, shape) + disc(half, half, half * 0.42, detail),
    () =>
      `<path d="M0 0L${px(size)} ${px(size)}H0Z" fill="${shape}"/>${disc(size * 0.72, size * 0.28, size * 0.14, detail)}`,
    () =>
      [0, 1, 2, 3]
        .map(
          (index) =>
            `<rect x="0" y="${px((index + 0.15) * size * 0.25)}" width="${px(size)}" height="${px(size * 0.12)}" fill="${index % 2 ? detail : shape}"/>`,
        )
        .join(''),
    () =>
      [1, 0.75, 0.5, 0.25].map((part, index) => quarter(size * part, index % 2 ? ground : shape)).join(''),
  ];
  return `${square}<g ${turn}>${pick(designs, random)()}</g>`;
}

/** Printed on paper: a soft uneven light over flat colours. */
export const paperLight: Layer = {
  name: 'paper',
  paint({ picture, noise, unit, palette }: Stage) {
    shade(picture, (pixel, x, y) => {
      const fibre = noise.fractal((x / unit) * 160, (y / unit) * 160, 2) * 0.035;
      const light = noise.fractal((x / unit) * 1.5, (y / unit) * 1.5, 2) * 0.05;
      glow(pixel, palette.sun, clamp(fibre + light + 0.02));
      cover(pixel, palette.ink, clamp(-fibre - light));
    });
  },
};
