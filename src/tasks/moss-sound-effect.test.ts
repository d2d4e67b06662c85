import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { issuePaths, resolved, runnerParamsOf } from './task-fixture.ts';

const name = 'moss.sound.effect';
const prompt = 'A sharp pistol shot in a dry canyon.';

test('a prompt alone makes five seconds', () => {
  expect(runnerParamsOf(name, resolved(name, { prompt, seed: 1 }))).toEqual({
    ...{
      prompt,
      durationSeconds: 5,
      qualityKbps: 128,
      outputFormat: 'mp3',
      topK: 50,
      maxNewTokens: 1024,
      seed: 1,
    },
  });
});

test.each([
  ['no prompt', {}, ['/input/prompt']],
  ['less than a second', { prompt, durationSeconds: 0.9 }, ['/input/durationSeconds']],
  ['more than 30 s', { prompt, durationSeconds: 30.5 }, ['/input/durationSeconds']],
  ['no tokens to choose from', { prompt, topK: 0 }, ['/input/topK']],
  ['too many tokens', { prompt, maxNewTokens: 8193 }, ['/input/maxNewTokens']],
])('refused: %s', (_, input, paths) => {
  expect(issuePaths(name, input)).toEqual(paths);
});

describe('price', () => {
  const price = (input: object) => resolved(name, { prompt, ...input }).price.amountMicros;

  test.each([
    [{}, 28_192],
    [{ durationSeconds: 2 }, 16_192],
    [{ durationSeconds: 1, maxNewTokens: 64 }, 10_000],
    [{ durationSeconds: 30, maxNewTokens: 8192 }, 185_536],
  ])('%p costs %p micro-dollars', (input, amountMicros) => {
    expect(price(input)).toBe(amountMicros);
  });

  test('is exact, rounded up, and grows with length and tokens', () => {
    const thousandths = fc.integer({ min: 1000, max: 30_000 });
    fc.assert(
      fc.property(thousandths, fc.integer({ min: 64, max: 8191 }), (milliseconds, maxNewTokens) => {
        const exact = BigInt(milliseconds) * 4n + BigInt(maxNewTokens) * 8n;
        const durationSeconds = milliseconds / 1000;
        expect(BigInt(price({ durationSeconds, maxNewTokens }))).toBe(exact > 10_000n ? exact : 10_000n);
        expect(price({ durationSeconds, maxNewTokens })).toBeLessThanOrEqual(
          price({ durationSeconds, maxNewTokens: maxNewTokens + 1 }),
        );
      }),
    );
  });
});
