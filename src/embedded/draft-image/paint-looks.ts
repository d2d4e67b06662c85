import { blurred, boxAveraged, sampleScaled, shrunk } from './blur.ts';
import { clamp, type Color, color, luma, smoothstep } from './color.ts';
import type { Look, LookTools } from './look.ts';
import { copyOf, cover, createPicture, dim, type Picture, put, shade, shadeInBands } from './picture.ts';

const paper = color('#f7f3e8');
const graphite = color('#2b2a2e');

/** Looks that repaint the picture with another tool. */
export const paintLooks = {
  oil: {
    words:
      'oil painting painted painterly painter impressionist impressionism gogh monet brushstrokes canvas acrylic',
    async paint(picture, tools) {
      await brushed(picture, tools.unit * (tools.highDetail ? 0.006 : 0.0085), tools.pause);
      lift(picture, 1.32);
      await canvasRelief(picture, tools);
    },
  },
  watercolor: {
    words: 'watercolor watercolour aquarelle gouache',
    async paint(picture, tools) {
      await brushed(picture, tools.unit * (tools.highDetail ? 0.004 : 0.006), tools.pause);
      await washes(picture, tools);
    },
  },
  sketch: {
    words: 'sketch pencil drawing drawn charcoal lineart etching engraving ink crosshatch',
    paint: (picture, tools) => hatch(picture, tools),
  },
  comic: {
    words: 'comic comics cartoon anime manga pop posterize posterized posterised cel illustration vector',
    async paint(picture, tools) {
      await brushed(picture, tools.unit * 0.004, tools.pause);
      await posterize(picture, tools);
    },
  },
  pixelArt: {
    words: 'pixel pixels pixelated pixelart 8bit 16bit voxel lego mosaic',
    paint: (picture, tools) => pixelate(picture, tools),
  },
} satisfies Record<string, Look>;

/**
 * Smooths into strokes and keeps edges: each pixel takes the mean of whichever of eight neighbouring patches
 * varies least (Kuwahara et al. 1976). Patch means come from one box average read at eight offsets.
 */
async function brushed(picture: Picture, radius: number, pause: () => Promise<void>): Promise<void> {
  const reach = Math.max(1, Math.round(radius * 0.75));
  const means = boxAveraged(picture, reach);
  const moments = copyOf(picture);
  shade(moments, (pixel) => {
    const light = luma(pixel);
    pixel.red = light;
    pixel.green = light * light;
  });
  const spread = boxAveraged(moments, reach);
  const offsets = Array.from({ length: 8 }, (_, index) => {
    const angle = (index / 8) * Math.PI * 2;
    return { x: Math.round(Math.cos(angle) * reach * 1.2), y: Math.round(Math.sin(angle) * reach * 1.2) };
  });
  const { width, height } = picture;
  await shadeInBands(picture, pause, (pixel, x, y) => {
    let least = Infinity;
    let best = 0;
    for (const offset of offsets) {
      const column = Math.min(width - 1, Math.max(0, x + offset.x));
      const row = Math.min(height - 1, Math.max(0, y + offset.y));
      const at = (row * width + column) * 3;
      const mean = spread.rgb[at] ?? 0;
      const variance = (spread.rgb[at + 1] ?? 0) - mean * mean;
      if (variance < least) {
        least = variance;
        best = at;
      }
    }
    pixel.red = means.rgb[best] ?? 0;
    pixel.green = means.rgb[best + 1] ?? 0;
    pixel.blue = means.rgb[best + 2] ?? 0;
  });
}

/** More colour at the same lightness. */
function lift(picture: Picture, saturation: number): void {
  shade(picture, (pixel) => {
    const light = luma(pixel);
    pixel.red = light + (pixel.red - light) * saturation;
    pixel.green = light + (pixel.green - light) * saturation;
    pixel.blue = light + (pixel.blue - light) * saturation;
  });
}

/** Ridges of thick paint, running along a slowly turning direction. */
async function canvasRelief(picture: Picture, { noise, unit, pause }: LookTools): Promise<void> {
  const fine = 120 / unit;
  await shadeInBands(picture, pause, (pixel, x, y) => {
    const angle = noise.at((x / unit) * 3, (y / unit) * 3) * 2.4;
    const along = (x * Math.cos(angle) + y * Math.sin(angle)) * fine;
    const across = (y * Math.cos(angle) - x * Math.sin(angle)) * fine;
    dim(pixel, 1 + noise.fractal(along * 0.35, across * 1.7, 2) * 0.16);
  });
}

/** Pigment: pools at edges, runs in blooms, lets the paper through, ends before the sheet does. */
async function washes(picture: Picture, { noise, unit, highDetail, pause }: LookTools): Promise<void> {
  const soft = blurred(picture, Math.max(2, unit * 0.012));
  const read: Color = { red: 0, green: 0, blue: 0 };
  const { width, height } = picture;
  const octaves = highDetail ? 5 : 4;
  await shadeInBands(picture, pause, (pixel, x, y) => {
    const u = x / unit;
    const v = y / unit;
    const pool = luma(sampleScaled(soft, picture, { x, y }, read)) - luma(pixel);
    const run = noise.fractal(u * 4, v * 4, octaves);
    const granule = noise.at(u * 260, v * 260) * 0.5 + noise.at(u * 110, v * 110) * 0.5;
    const light = luma(pixel);
    pixel.red = light + (pixel.red - light) * 1.25;
    pixel.green = light + (pixel.green - light) * 1.25;
    pixel.blue = light + (pixel.blue - light) * 1.25;
    cover(pixel, paper, clamp(0.24 + run * 0.3 + granule * 0.09));
    dim(pixel, 1 - clamp(pool * 1.7) * 0.55 - clamp(-run - 0.2) * 0.12);
    const edge = Math.min(x, y, width - 1 - x, height - 1 - y) / unit;
    cover(pixel, paper, smoothstep(0.045, 0.012, edge + noise.fractal(u * 7, v * 7, 4) * 0.025));
  });
}

/** Outlines by dodging with a blurred negative, shadows by two layers of hatching. */
async function hatch(picture: Picture, { noise, unit, pause }: LookTools): Promise<void> {
  const grey = copyOf(picture);
  shade(grey, (pixel) => {
    const light = luma(pixel);
    put(pixel, { red: light, green: light, blue: light });
  });
  const soft = blurred(grey, Math.max(1.5, unit * 0.006));
  const read: Color = { red: 0, green: 0, blue: 0 };
  const pitch = Math.max(3, unit * 0.006);
  await shadeInBands(picture, pause, (pixel, x, y) => {
    const light = luma(pixel);
    const around = sampleScaled(soft, grey, { x, y }, read).red;
    const line = clamp((light + 0.02) / (around + 0.02));
    const wobble = noise.at((x / unit) * 14, (y / unit) * 14) * pitch * 0.8;
    const first = Math.abs((((x + y + wobble) / pitch) % 1) - 0.5) * 2;
    const second = Math.abs((((x - y + wobble + pitch * 4096) / pitch) % 1) - 0.5) * 2;
    const pressure = 0.75 + 0.25 * noise.at(x * 0.6, y * 0.6);
    const shading =
      smoothstep(0.62, 0.2, light) * smoothstep(0.35, 0.75, first) +
      smoothstep(0.34, 0.08, light) * smoothstep(0.35, 0.75, second);
    const ink = clamp((1 - line ** 3.2) * 1.5 + shading * 0.6 * pressure + (1 - light) * 0.12);
    put(pixel, paper);
    cover(pixel, graphite, clamp(ink * (0.86 + 0.14 * pressure)));
  });
}

/** A few flat tones, strong colour, black outlines, dots in the half-shadows. */
async function posterize(picture: Picture, { unit, pause }: LookTools): Promise<void> {
  const lights = lightsOf(picture);
  const { width, height } = picture;
  const levels = 5;
  const reach = Math.max(1, Math.round(unit * 0.0016));
  const pitch = Math.max(5, unit * 0.011);
  const lightAt = (x: number, y: number) =>
    lights[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))] ?? 0;
  const black = color('#100c14');
  await shadeInBands(picture, pause, (pixel, x, y) => {
    const light = luma(pixel);
    const step = light * levels;
    const level = (Math.floor(step) + smoothstep(0.44, 0.56, step % 1)) / levels;
    const factor = (level * 0.92 + 0.08) / Math.max(light, 0.02);
    const flat = { red: pixel.red * factor, green: pixel.green * factor, blue: pixel.blue * factor };
    const tone = luma(flat);
    pixel.red = clamp(tone + (flat.red - tone) * 1.5);
    pixel.green = clamp(tone + (flat.green - tone) * 1.5);
    pixel.blue = clamp(tone + (flat.blue - tone) * 1.5);
    const dotX = (((x + y) / pitch) % 1) - 0.5;
    const dotY = (((x - y + pitch * 4096) / pitch) % 1) - 0.5;
    const dot =
      smoothstep(0.34, 0.26, Math.hypot(dotX, dotY)) *
      smoothstep(0.2, 0.3, light) *
      smoothstep(0.52, 0.42, light);
    cover(pixel, black, dot * 0.28);
    const gx = lightAt(x + reach, y) - lightAt(x - reach, y);
    const gy = lightAt(x, y + reach) - lightAt(x, y - reach);
    cover(pixel, black, smoothstep(0.07, 0.17, Math.hypot(gx, gy)));
  });
}

function lightsOf(picture: Picture): Float32Array {
  const lights = new Float32Array(picture.width * picture.height);
  shade(picture, (pixel, x, y) => {
    lights[y * picture.width + x] = luma(pixel);
  });
  return lights;
}

const bayer = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];

/** Large square pixels in a small set of tones, ordered dither between them. */
function pixelate(picture: Picture, { unit, highDetail }: LookTools): void {
  const block = Math.max(2, Math.round(unit / (highDetail ? 160 : 104)));
  const small = shrunk(picture, block);
  lift(small, 1.3);
  const steps = 9;
  shade(small, (pixel, x, y) => {
    const threshold = ((bayer[(y % 4) * 4 + (x % 4)] ?? 0) + 0.5) / 16 - 0.5;
    const quantized = (part: number) => Math.round(clamp(part) * steps + threshold * 0.35) / steps;
    put(pixel, eachPart(pixel, quantized));
  });
  const enlarged = createPicture(picture.width, picture.height);
  shade(enlarged, (pixel, x, y) => {
    const at = (Math.floor(y / block) * small.width + Math.floor(x / block)) * 3;
    pixel.red = small.rgb[at] ?? 0;
    pixel.green = small.rgb[at + 1] ?? 0;
    pixel.blue = small.rgb[at + 2] ?? 0;
  });
  picture.rgb.set(enlarged.rgb);
}

function eachPart({ red, green, blue }: Color, change: (part: number) => number): Color {
  return { red: change(red), green: change(green), blue: change(blue) };
}
