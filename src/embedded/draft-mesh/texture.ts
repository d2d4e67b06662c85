import { sharp } from '../../media/sharp.ts';
import type { Atlas } from './atlas.ts';
import { fillOutward } from './fill-outward.ts';
import { type Picture, resizePicture } from './picture.ts';
import { blurPlane, createPlane, type Plane, samplePlane, smoothStep } from './plane.ts';
import type { Silhouette } from './silhouette.ts';
import type { ReportStage } from './stages.ts';

/** A texture as red, green, blue bytes. */
export interface Texture {
  size: number;
  rgb: Uint8Array;
}

/** A picture of one half of the texture, three planes of 0..255. */
interface Tile {
  width: number;
  height: number;
  channels: Plane[];
}

/** More texels than this along a tile aren't computed one by one but scaled up. */
const computedSideMax = 2048;

/**
 * Bakes the picture into the front half of the texture and a softer, darker one into the back half. The subject's
 * colours go on beyond its outline, so that no background shows at the rim.
 * @param options.sampledSide the longest side, in texels, that the picture is sampled at; larger tiles are scaled up
 */
export async function bakeTexture(
  options: { picture: Picture; silhouette: Silhouette; atlas: Atlas; sampledSide: number },
  report: ReportStage,
): Promise<Texture> {
  const { atlas } = options;
  const longest = Math.max(atlas.tileWidth, atlas.tileHeight);
  const scale = Math.min(1, Math.min(options.sampledSide, computedSideMax) / longest);
  const width = Math.max(2, Math.round(atlas.tileWidth * scale));
  const height = Math.max(2, Math.round(atlas.tileHeight * scale));
  await report('front');
  const front = await sampleFront(options, { width, height });
  await report('back');
  const back = paintBack(front, sampleView(options.silhouette.coverage, atlas, { width, height }));
  const tiles = [
    { input: await encodeTile(front, atlas), left: 0, top: 0 },
    { input: await encodeTile(back, atlas), left: atlas.backLeft, top: atlas.backTop },
  ];
  const canvas = { width: atlas.size, height: atlas.size, channels: 3 as const, background: '#808080' };
  const rgb = await sharp({ create: canvas }).composite(tiles).removeAlpha().raw().toBuffer();
  return { size: atlas.size, rgb };
}

/** The picture in the tile's view. Pixels on and beyond the outline are taken from further inside. */
async function sampleFront(
  { picture, silhouette, atlas }: { picture: Picture; silhouette: Silhouette; atlas: Atlas },
  size: { width: number; height: number },
): Promise<Tile> {
  const { coverage } = silhouette;
  const perTexel = size.width / atlas.view.width;
  const fitted = await resizePicture(picture, {
    width: Math.min(picture.width, Math.max(2, Math.round(coverage.width * perTexel))),
    height: Math.min(picture.height, Math.max(2, Math.round(coverage.height * perTexel))),
  });
  const inner = blurPlane(coverage, { radius: 1, passes: 2 });
  const weights = sampleView(inner, atlas, size);
  const values = new Float32Array(size.width * size.height * 4);
  const source = [0, 1, 2].map((channel) => channelOf(fitted, channel));
  const colours = source.map((plane) => sampleView(plane, atlas, size, coverage));
  for (let n = 0; n < weights.values.length; n++) {
    // Thin parts have no inside: what little weight they get still counts where there is nothing else.
    const weight = smoothStep(0.6, 0.98, weights.values[n]!) + 1e-3 * weights.values[n]! ** 4;
    const clamped = Math.min(1, weight);
    for (let c = 0; c < 3; c++) values[n * 4 + c] = colours[c]!.values[n]! * clamped;
    values[n * 4 + 3] = clamped;
  }
  fillOutward({ ...size, values });
  const channels = [0, 1, 2].map((c) => {
    const plane = createPlane(size.width, size.height);
    for (let n = 0; n < plane.values.length; n++) plane.values[n] = values[n * 4 + c]!;
    return plane;
  });
  return { ...size, channels };
}

/** As seen from behind: mirrored, blurred and darker, except near the outline, where it meets the front. */
function paintBack(front: Tile, coverage: Plane): Tile {
  const radius = Math.max(1, Math.round(Math.max(front.width, front.height) * 0.012));
  const depth = blurPlane(coverage, { radius: radius * 2, passes: 2 });
  const channels = front.channels.map((plane) => {
    const soft = blurPlane(plane, { radius, passes: 2 });
    const back = createPlane(plane.width, plane.height);
    for (let y = 0; y < plane.height; y++) {
      for (let x = 0; x < plane.width; x++) {
        const n = y * plane.width + x;
        const share = smoothStep(0.5, 0.95, depth.values[n]!);
        const mirrored = y * plane.width + plane.width - 1 - x;
        back.values[mirrored] = plane.values[n]! * (1 - share) + soft.values[n]! * 0.75 * share;
      }
    }
    return back;
  });
  return { ...front, channels };
}

/** A plane in the tile's view; 0 outside it. `reference` is the plane that the view is measured in. */
function sampleView(
  plane: Plane,
  { view }: Atlas,
  { width, height }: { width: number; height: number },
  reference: Plane = plane,
): Plane {
  const tile = createPlane(width, height);
  const [scaleX, scaleY] = [plane.width / reference.width, plane.height / reference.height];
  for (let row = 0; row < height; row++) {
    const y = (view.top + ((row + 0.5) / height) * view.height) * scaleY;
    if (y < 0 || y > plane.height) continue;
    for (let column = 0; column < width; column++) {
      const x = (view.left + ((column + 0.5) / width) * view.width) * scaleX;
      if (x < 0 || x > plane.width) continue;
      tile.values[row * width + column] = samplePlane(plane, x - 0.5, y - 0.5);
    }
  }
  return tile;
}

function channelOf({ width, height, rgba }: Picture, channel: number): Plane {
  const plane = createPlane(width, height);
  for (let n = 0; n < plane.values.length; n++) plane.values[n] = rgba[n * 4 + channel]!;
  return plane;
}

async function encodeTile({ width, height, channels }: Tile, atlas: Atlas): Promise<Buffer> {
  const rgb = new Uint8ClampedArray(width * height * 3);
  for (let n = 0; n < width * height; n++) {
    for (let c = 0; c < 3; c++) rgb[n * 3 + c] = channels[c]!.values[n]!;
  }
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .resize({ width: atlas.tileWidth, height: atlas.tileHeight, fit: 'fill', kernel: 'cubic' })
    .png({ compressionLevel: 0 })
    .toBuffer();
}

/** The texture as a JPEG without colour subsampling: core glTF, and a tenth of a PNG's bytes. */
export async function encodeTexture({ size, rgb }: Texture): Promise<Buffer> {
  const raw = { width: size, height: size, channels: 3 as const };
  return sharp(rgb, { raw }).jpeg({ quality: 92, chromaSubsampling: '4:4:4' }).toBuffer();
}
