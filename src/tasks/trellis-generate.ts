import { Type } from '@sinclair/typebox';
import { Amount } from './amount.ts';
import { defineTask } from './define-task.ts';
import { choice } from './fields.ts';
import { presets, type TrellisKnobs } from './trellis-presets.ts';

/** What a runner of `trellis.generate` is sent. */
export interface TrellisGenerateParams extends TrellisKnobs {
  sourceImagePath: string;
  seed: number;
  qualityPreset: 'fast' | 'balanced' | 'high';
}

const micros = Type.Integer({ minimum: 0 });
const largeTextureAbove = 2048;
const resolutions = [512, 1024, 1536] as const;
const steps = (what: string) =>
  Type.Integer({ minimum: 1, maximum: 50, description: `Sampling steps of ${what}.` });

const knobs = {
  targetFaceCount: Type.Integer({
    minimum: 100,
    maximum: 1_000_000,
    description: 'Upper bound of the triangles.',
  }),
  textureSize: Type.Integer({
    minimum: 256,
    maximum: 4096,
    multipleOf: 256,
    description: 'Side of the texture in pixels; above 2048 costs more.',
  }),
  textureResolution: choice(resolutions, {
    description: 'Resolution at which the model samples the texture.',
  }),
  maxViews: Type.Integer({ minimum: 1, maximum: 16, description: 'Views that the texture is baked from.' }),
  sparseStructureSteps: steps('the coarse structure'),
  shapeSteps: steps('the shape'),
  textureSteps: steps('the texture'),
  meshResolution: choice(resolutions, { description: 'Resolution of the grid that the mesh is cut from.' }),
  remeshFillHoles: Type.Boolean({ description: 'Close small holes.' }),
  remeshFillHolesMaxPerimeter: Type.Number({
    minimum: 0,
    maximum: 10,
    description: "Longest edge of a hole that is closed, in units of the model's size.",
  }),
  meshClusterConeHalfAngleRad: Type.Number({
    minimum: 1,
    maximum: 90,
    description: 'How far normals in one texture chart may differ, in degrees in spite of its name.',
  }),
  postprocessPositionEpsilon: Type.Number({
    minimum: 0,
    maximum: 0.1,
    description: "Vertices nearer than this become one, in units of the model's size.",
  }),
  postprocessNormalCreaseDeg: Type.Number({
    minimum: 0,
    maximum: 180,
    description: 'Edges sharper than this stay hard, in degrees.',
  }),
};

export const trellisGenerate = defineTask({
  name: 'trellis.generate',
  title: 'Make a 3D model',
  summary: 'Makes a textured low-poly mesh (GLB) from one picture (Trellis 2).',
  engines: { gpu: 'trellis', embedded: 'draft-mesh' },
  example: { sourceImageUrl: 'https://cdn.example.com/input/boat_ref.png', qualityPreset: 'balanced' },
  fields: {
    qualityPreset: choice(['fast', 'balanced', 'high'], {
      default: 'balanced',
      description: 'Sets every other field that is left out.',
    }),
    ...Type.Partial(Type.Object(knobs)).properties,
  },
  media: {
    sourceImage: {
      kind: 'image',
      aliases: ['sourceImageUrl'],
      description: 'The object, whole and in front of a plain or transparent background.',
      stem: 'source',
      required: true,
    },
  },
  prices: {
    fastMicros: micros,
    balancedMicros: micros,
    highMicros: micros,
    largeTextureMicros: micros,
  },
  resolve: ({ qualityPreset, ...given }) => ({ qualityPreset, ...presets[qualityPreset], ...given }),
  price({ qualityPreset, textureSize }, prices) {
    const preset = { fast: prices.fastMicros, balanced: prices.balancedMicros, high: prices.highMicros };
    const base = Amount.micros(preset[qualityPreset]);
    const basis = [`preset ${qualityPreset}: ${base.inWords()}`];
    if (textureSize <= largeTextureAbove) return { amountMicros: base.roundedUp(), basis };
    const extra = Amount.micros(prices.largeTextureMicros);
    basis.push(`texture above ${largeTextureAbove} pixels: ${extra.inWords()}`);
    return { amountMicros: base.plus(extra).roundedUp(), basis };
  },
  workload: (effective) => ({ units: meshUnits(effective), unit: 'mesh-unit' }),
  runnerParams: ({ sourceImage, ...effective }, pathOf): TrellisGenerateParams => ({
    ...effective,
    sourceImagePath: pathOf(sourceImage),
  }),
});

/** Sampling grows with the volume of the grid, baking with the texture's area and the number of faces. */
function meshUnits(mesh: TrellisKnobs): number {
  const steps = mesh.sparseStructureSteps + mesh.shapeSteps + mesh.textureSteps;
  const sampling = ((mesh.meshResolution / 1024) ** 3 * steps) / 30;
  return sampling + mesh.textureSize ** 2 / 1e6 + mesh.targetFaceCount / 100_000;
}
