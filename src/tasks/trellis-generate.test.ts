import { describe, expect, test } from 'bun:test';
import { issuePaths, resolved, runnerParamsOf } from './task-fixture.ts';

const name = 'trellis.generate';
const sourceImageUrl = 'https://cdn.example.com/input/boat_ref.png';

test('a picture alone is made with every knob of balanced', () => {
  expect(runnerParamsOf(name, resolved(name, { sourceImageUrl, seed: 1 }))).toEqual({
    ...{ sourceImagePath: '/in/source.webp', seed: 1, qualityPreset: 'balanced', targetFaceCount: 20_000 },
    ...{ textureSize: 1024, textureResolution: 512, maxViews: 4, meshResolution: 1024 },
    ...{ sparseStructureSteps: 10, shapeSteps: 10, textureSteps: 10 },
    ...{ remeshFillHoles: true, remeshFillHolesMaxPerimeter: 0.05, meshClusterConeHalfAngleRad: 55 },
    ...{ postprocessPositionEpsilon: 0.0001, postprocessNormalCreaseDeg: 45 },
  });
});

test('given fields override the preset, and no others', () => {
  const preset = resolved(name, { sourceImageUrl, qualityPreset: 'high' }).effectiveInput;
  const given = { targetFaceCount: 500, remeshFillHoles: false, postprocessNormalCreaseDeg: 0 };
  const job = resolved(name, { sourceImageUrl, qualityPreset: 'high', ...given });
  expect(job.effectiveInput).toEqual({ ...preset, ...given });
});

test('a better preset is more work', () => {
  const units = ['fast', 'balanced', 'high'].map(
    (qualityPreset) => resolved(name, { sourceImageUrl, qualityPreset }).workload.units,
  );
  expect(units).toEqual(units.toSorted((a, b) => a - b));
});

describe('price', () => {
  test.each([
    ['fast', 1024, 50_000],
    ['balanced', 2048, 100_000],
    ['high', 2048, 200_000],
    ['fast', 2304, 100_000],
    ['high', 4096, 250_000],
  ])('%s with a texture of %p costs %p micro-dollars', (qualityPreset, textureSize, amountMicros) => {
    expect(resolved(name, { sourceImageUrl, qualityPreset, textureSize }).price.amountMicros).toBe(
      amountMicros,
    );
  });
});

test.each([
  ['no picture', {}, ['/input/sourceImage']],
  ['an unknown preset', { sourceImageUrl, qualityPreset: 'best' }, ['/input/qualityPreset']],
  ['a texture off the grid', { sourceImageUrl, textureSize: 1000 }, ['/input/textureSize']],
  ['a texture too large', { sourceImageUrl, textureSize: 8192 }, ['/input/textureSize']],
  ['a resolution that no model has', { sourceImageUrl, meshResolution: 700 }, ['/input/meshResolution']],
  [
    'an angle beyond 90 degrees',
    { sourceImageUrl, meshClusterConeHalfAngleRad: 91 },
    ['/input/meshClusterConeHalfAngleRad'],
  ],
  ['no steps', { sourceImageUrl, shapeSteps: 0 }, ['/input/shapeSteps']],
])('refused: %s', (_, input, paths) => {
  expect(issuePaths(name, input)).toEqual(paths);
});
