import { sharp } from '../../media/sharp.ts';
import type { Direction, Palette } from './direction.ts';
import { paint, rasterise, type Size } from './paint.ts';
import type { PackedPixels } from './picture.ts';

/** The sky's pixels, its horizon at `horizon` 0..1 of its height. Drawn at half size: a sky is soft. */
export async function paintSky(
  direction: Direction,
  size: Size,
  { horizon, random }: { horizon: number; random: () => number },
): Promise<PackedPixels> {
  const small = { width: Math.ceil(size.width / 2), height: Math.ceil(size.height / 2) };
  const inSpace = direction.place === 'space';
  const content = [
    gradient(direction.palette, inSpace ? 1.4 : horizon),
    ...(isDark(direction) ? [stars(small, random)] : []),
    inSpace ? nebula(direction.palette, small, random) : sun(direction.palette, small, horizon, random),
    ...(inSpace ? [] : [clouds(direction.palette, small, horizon, random)]),
  ].join('');
  const { pixels } = await rasterise(content, small);
  const raw = { width: small.width, height: small.height, channels: 4 as const };
  const full = await sharp(pixels, { raw })
    .removeAlpha()
    .resize(size.width, size.height, { kernel: 'cubic', fit: 'fill' })
    .raw()
    .toBuffer();
  return { ...size, channels: 3, pixels: new Uint8Array(full) };
}

function isDark({ place, mood }: Direction): boolean {
  return place === 'space' || mood === 'night' || mood === 'neon';
}

function gradient({ zenith, middle, horizon }: Palette, end: number): string {
  const stop = (offset: number, colour: string) =>
    `<stop offset="${Math.min(1, offset).toFixed(3)}" stop-color="${colour}"/>`;
  const stops = [stop(0, paint(zenith)), stop(end * 0.55, paint(middle)), stop(end, paint(horizon))].join('');
  return `<linearGradient id="air" x2="0" y2="1">${stops}</linearGradient><rect width="100%" height="100%" fill="url(#air)"/>`;
}

/** A disc low over the horizon, with its glow. */
function sun({ light }: Palette, { width, height }: Size, horizon: number, random: () => number): string {
  const x = width * (0.35 + 0.3 * random());
  const y = height * horizon * (0.62 + 0.2 * random());
  const radius = height * (0.035 + 0.03 * random());
  const stops = [
    [0, 0.85],
    [0.12, 0.5],
    [0.4, 0.16],
    [1, 0],
  ].map(([at, opacity]) => `<stop offset="${at}" stop-color="${paint(light)}" stop-opacity="${opacity}"/>`);
  return [
    `<radialGradient id="glow">${stops.join('')}</radialGradient>`,
    `<circle cx="${x}" cy="${y}" r="${radius * 9}" fill="url(#glow)"/>`,
    `<circle cx="${x}" cy="${y}" r="${radius}" fill="${paint(light, 0.95)}"/>`,
  ].join('');
}

function stars({ width, height }: Size, random: () => number): string {
  return Array.from({ length: 420 }, () => {
    const radius = (0.25 + random() ** 4 * 1.1) * (height / 540);
    const place = `cx="${(random() * width).toFixed(1)}" cy="${(random() * height).toFixed(1)}"`;
    return `<circle ${place} r="${radius.toFixed(2)}" fill="rgba(235,240,255,${(0.3 + 0.7 * random()).toFixed(2)})"/>`;
  }).join('');
}

/** Flat banks of cloud, lit from the horizon. */
function clouds(
  { light, middle }: Palette,
  { width, height }: Size,
  horizon: number,
  random: () => number,
): string {
  const banks = Array.from({ length: 26 }, () => {
    const depth = random();
    const y = height * horizon * (0.12 + 0.78 * depth);
    const across = width * (0.05 + 0.16 * random()) * (1.2 - 0.7 * depth);
    const colour = paint(depth > 0.45 ? light : middle, 0.1 + 0.16 * random());
    return `<ellipse cx="${random() * width}" cy="${y}" rx="${across}" ry="${across * 0.09}" fill="${colour}"/>`;
  });
  return softened(banks.join(''), height * 0.011);
}

function nebula({ middle, horizon, light }: Palette, { width, height }: Size, random: () => number): string {
  const puffs = Array.from({ length: 22 }, (_, i) => {
    const along = random();
    const radius = height * (0.08 + 0.2 * random());
    const colour = [middle, horizon, light][i % 3] ?? middle;
    const y = height * (0.85 - 0.7 * along + 0.2 * (random() - 0.5));
    const opacity = i % 3 === 2 ? 0.07 : 0.2;
    return `<ellipse cx="${along * width}" cy="${y}" rx="${radius * 1.5}" ry="${radius}" fill="${paint(colour, opacity)}"/>`;
  });
  return softened(puffs.join(''), height * 0.06);
}

function softened(content: string, deviation: number): string {
  const blur = `<feGaussianBlur stdDeviation="${deviation.toFixed(2)}"/>`;
  return `<filter id="soft" x="-20%" y="-20%" width="140%" height="140%">${blur}</filter><g filter="url(#soft)">${content}</g>`;
}
