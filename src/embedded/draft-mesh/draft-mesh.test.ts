import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtemp, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeIO, type Primitive } from '@gltf-transform/core';
import sharp, { type Metadata } from 'sharp';
import { draftComment } from '../../media/formats.ts';
import type { TrellisGenerateParams } from '../../tasks/trellis-generate.ts';
import { type EngineRun, runEngine } from '../../testing/run-engine.ts';
import { findLeaks } from './watertight.ts';

/** Khronos' validator, which comes without types: the part used here. */
const validator: {
  validateBytes(bytes: Uint8Array): Promise<{ issues: { messages: { code: string; message: string }[] } }>;
} = createRequire(import.meta.url)('gltf-validator');

/** Each run is a process of its own, on a machine that may be busy. */
setDefaultTimeout(60_000);

const folder = await mkdtemp(join(tmpdir(), 'kt-mesh-'));

async function draw(name: string, shapes: string, [width, height] = [400, 400]): Promise<string> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes}</svg>`;
  const path = join(folder, `${name}.png`);
  await sharp(Buffer.from(svg)).png().toFile(path);
  return path;
}

const ring = await draw(
  'ring',
  '<circle cx="200" cy="200" r="120" fill="none" stroke="#c92" stroke-width="70"/>',
);
const ball = await draw(
  'ball',
  '<rect width="400" height="400" fill="#eee"/><circle cx="200" cy="200" r="120" fill="#a33"/>',
);
const thin = await draw(
  'thin',
  '<path d="M20 380L380 20M40 60Q200 380 380 330" stroke="#063" stroke-width="3" fill="none"/>',
);
const tall = await draw('tall', '<rect x="80" y="20" width="40" height="560" fill="#357"/>', [200, 600]);
const photo = join(folder, 'photo.jpg');
const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
await sharp({ create: { width: 320, height: 240, channels: 3, background: '#888', noise } })
  .jpeg()
  .toFile(photo);

function run(sourceImagePath: string, changes: Partial<TrellisGenerateParams> = {}): Promise<EngineRun> {
  const params: TrellisGenerateParams = {
    ...{ sourceImagePath, seed: 7, qualityPreset: 'balanced', targetFaceCount: 20_000, textureSize: 512 },
    ...{ textureResolution: 512, maxViews: 4, sparseStructureSteps: 10, shapeSteps: 10, textureSteps: 10 },
    ...{ meshResolution: 1024, remeshFillHoles: true, remeshFillHolesMaxPerimeter: 0.05 },
    ...{ meshClusterConeHalfAngleRad: 55, postprocessPositionEpsilon: 1e-4, postprocessNormalCreaseDeg: 45 },
    ...changes,
  };
  return runEngine({ program: 'src/embedded/draft-mesh/main.ts', task: 'trellis.generate', params });
}

const finished = new Map<string, Promise<EngineRun>>();

/** Like `run`, but one run serves every test that asks for the same. */
function runOnce(path: string, changes: Partial<TrellisGenerateParams> = {}): Promise<EngineRun> {
  const key = JSON.stringify([path, changes]);
  const running = finished.get(key) ?? run(path, changes);
  finished.set(key, running);
  return running;
}

interface Model {
  primitive: Primitive;
  bytes: Uint8Array;
  /** Vertices at one place are one. */
  mesh: { positions: Float32Array; indices: Uint32Array };
  size: number[];
  texture: Metadata;
}

async function readModel({ outputFolder }: EngineRun): Promise<Model> {
  const bytes = new Uint8Array(await readFile(join(outputFolder, 'model.glb')));
  const root = (await new NodeIO().readBinary(bytes)).getRoot();
  const primitive = root.listMeshes()[0]!.listPrimitives()[0]!;
  const position = primitive.getAttribute('POSITION')!;
  const positions = Float32Array.from(position.getArray()!);
  const places = new Map<string, number>();
  const numbers = Array.from({ length: positions.length / 3 }, (_, vertex) => {
    const key = [...positions.subarray(vertex * 3, vertex * 3 + 3)].map((value) => value.toFixed(6)).join();
    return places.get(key) ?? (places.set(key, vertex), vertex);
  });
  const indices = Uint32Array.from(primitive.getIndices()!.getArray()!, (vertex) => numbers[vertex]!);
  const [low, high] = [position.getMin([]), position.getMax([])];
  return {
    primitive,
    bytes,
    mesh: { positions, indices },
    size: high.map((value, axis) => value - low[axis]!),
    texture: await sharp(root.listTextures()[0]!.getImage()!).metadata(),
  };
}

function signedVolume({ positions, indices }: Model['mesh']): number {
  let volume = 0;
  for (let n = 0; n < indices.length; n += 3) {
    const [a, b, c] = [0, 1, 2].map((k) => {
      const vertex = indices[n + k]!;
      return [positions[vertex * 3]!, positions[vertex * 3 + 1]!, positions[vertex * 3 + 2]!] as const;
    }) as [
      readonly [number, number, number],
      readonly [number, number, number],
      readonly [number, number, number],
    ];
    volume +=
      a[0] * (b[1] * c[2] - b[2] * c[1]) -
      a[1] * (b[0] * c[2] - b[2] * c[0]) +
      a[2] * (b[0] * c[1] - b[1] * c[0]);
  }
  return volume / 6;
}

const ringChanges = { targetFaceCount: 500, textureSize: 1024 };
const tallChanges = { targetFaceCount: 200_000, textureSize: 2048 };

/** Picture, what is asked for, how the subject is found, the least share of the faces asked for. */
const cases: [string, string, Partial<TrellisGenerateParams>, string, number][] = [
  ['a ball before a wall', ball, {}, 'background', 0.95],
  ['a ring', ring, ringChanges, 'alpha', 0.9],
  ['thin lines', thin, { targetFaceCount: 20_000 }, 'alpha', 0.9],
  ['a tall shape with a large texture', tall, tallChanges, 'alpha', 0.95],
  [
    'a picture without a subject',
    photo,
    { targetFaceCount: 2000, postprocessNormalCreaseDeg: 0 },
    'frame',
    0.9,
  ],
  ['the largest texture', ring, { textureSize: 4096, targetFaceCount: 100 }, 'alpha', 0.6],
];

describe('a model', () => {
  test.each(cases)(
    'of %s is valid, closed, and as large as asked',
    async (_, path, changes, basis, share) => {
      const done = await runOnce(path, changes);
      const model = await readModel(done);
      const { issues } = await validator.validateBytes(model.bytes);
      expect(issues.messages).toEqual([]);
      const faces = model.mesh.indices.length / 3;
      const target = changes.targetFaceCount ?? 20_000;
      expect(faces).toBeLessThanOrEqual(target);
      expect(faces).toBeGreaterThanOrEqual(target * share);
      expect(findLeaks(model.mesh).size).toBe(0);
      expect(signedVolume(model.mesh)).toBeGreaterThan(0);
      expect(Math.max(...model.size)).toBeCloseTo(1, 4);
      const textureSize = changes.textureSize ?? 512;
      expect(model.texture).toMatchObject({ width: textureSize, height: textureSize, format: 'jpeg' });
      expect(done.result.metadata).toMatchObject({
        draft: true,
        subjectFoundBy: basis,
        faces,
        watertight: true,
      });
    },
  );

  test('has the proportions of the silhouette and stands upright', async () => {
    const { size } = await readModel(await runOnce(tall, tallChanges));
    expect(size[1]).toBeCloseTo(1, 4);
    expect(size[0]).toBeCloseTo(40 / 560, 2);
    expect(size[2]).toBeLessThan(0.15);
  });

  test('shows the picture in front and a darker one behind', async () => {
    const done = await runOnce(ball);
    const { primitive, bytes } = await readModel(done);
    const root = (await new NodeIO().readBinary(bytes)).getRoot();
    const { data, info } = await sharp(root.listTextures()[0]!.getImage()!)
      .raw()
      .toBuffer({ resolveWithObject: true });
    const redAt = (side: 1 | -1) => {
      const [normals, coordinates] = [
        primitive.getAttribute('NORMAL')!,
        primitive.getAttribute('TEXCOORD_0')!,
      ];
      const facing = Array.from(
        { length: normals.getCount() },
        (_, n) => side * normals.getElement(n, [])[2]!,
      );
      const [u = 0, v = 0] = coordinates.getElement(facing.indexOf(Math.max(...facing)), []);
      return data[(Math.floor(v * info.height) * info.width + Math.floor(u * info.width)) * 3]!;
    };
    expect(Math.abs(redAt(1) - 0xaa)).toBeLessThan(6);
    expect(redAt(-1)).toBeLessThan(redAt(1) * 0.9);
  });

  test('says that it is a draft', async () => {
    const { outputFolder } = await runOnce(ball);
    const asset = (await new NodeIO().read(join(outputFolder, 'model.glb'))).getRoot().getAsset();
    expect(asset).toMatchObject({ copyright: draftComment, extras: { draft: true, comment: draftComment } });
    const preview = await sharp(join(outputFolder, 'preview.webp')).metadata();
    expect(preview).toMatchObject({ width: 512, height: 512, hasAlpha: true });
    expect(preview.exif?.toString('latin1')).toContain(draftComment);
  });
});

test('the same seed gives the same bytes, another seed others', async () => {
  const model = async (seed: number) => {
    const { outputFolder } = await run(ball, { seed, targetFaceCount: 3000 });
    return Promise.all(
      ['model.glb', 'preview.webp'].map((name) => Bun.file(join(outputFolder, name)).bytes()),
    );
  };
  const [first, again, other] = [await model(1), await model(1), await model(2)];
  expect(again).toEqual(first);
  expect(other[0]).not.toEqual(first[0]);
});

test('progress goes up through every part', async () => {
  const { progress } = await runOnce(ring, ringChanges);
  expect(new Set(progress.map(({ stage }) => stage)).size).toBe(12);
  const fractions = progress.map(({ fraction }) => fraction);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
});

test('a file that is no picture is the client’s mistake', async () => {
  const path = join(folder, 'text.png');
  await Bun.write(path, 'no picture');
  await expect(run(path)).rejects.toMatchObject({ kind: 'invalid_input' });
});
