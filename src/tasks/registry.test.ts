import { describe, expect, test } from 'bun:test';
import { Value } from '@sinclair/typebox/value';
import fc from 'fast-check';
import { referenceExamples } from './reference-examples.ts';
import { findTask, tasks } from './registry.ts';
import { checkInput, resolved, resolveInput, runnerParamsOf } from './task-fixture.ts';

test('there are the nine tasks of the reference', () => {
  expect([...tasks.keys()]).toEqual([
    ...['image.generate', 'image.edit', 'video.generate', 'video.combine', 'audio.speak'],
    ...['audio.annotation.reference', 'ace.step.create', 'moss.sound.effect', 'trellis.generate'],
  ]);
  expect(findTask('image.upscale')).toBeUndefined();
});

describe('an example of the reference is accepted', () => {
  test.each(referenceExamples.map((example) => [example.title, example] as const))(
    '%s',
    (_, { task, input }) => {
      const job = resolved(task, input);
      const kept = Object.entries(input).filter(
        ([field]) => !/Image|Audio|video|durationSeconds/.test(field),
      );
      expect(job.effectiveInput).toMatchObject(Object.fromEntries(kept));
      expect(Number.isSafeInteger(job.price.amountMicros)).toBe(true);
      expect(job.workload.units).toBeGreaterThan(0);
    },
  );

  test('and there is one for each task', () => {
    expect(new Set(referenceExamples.map(({ task }) => task))).toEqual(new Set(tasks.keys()));
  });
});

describe.each([...tasks])('%s', (name, task) => {
  test('its own example is accepted', () => {
    expect(checkInput(name, task.example).ok).toBe(true);
  });

  test('every field is described, and its schema is plain JSON', () => {
    for (const [field, schema] of Object.entries(task.inputSchema.properties)) {
      expect(schema.description, field).toBeString();
      if (schema['default'] !== undefined) expect(Value.Check(schema, schema['default']), field).toBe(true);
    }
    expect(JSON.parse(JSON.stringify(task.inputSchema))).toMatchObject({
      additionalProperties: false,
      title: task.title,
    });
  });

  test('the same input and seed give the same job, through JSON too', () => {
    const first = resolved(name, task.example, { drawnSeed: 11 });
    const again = resolved(name, structuredClone(task.example), { drawnSeed: 11 });
    expect(again).toEqual(first);
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
    expect(runnerParamsOf(name, again)).toEqual(runnerParamsOf(name, first));
  });

  test('no nonsense makes it throw', () => {
    const names = Object.keys(task.inputSchema.properties);
    const fields = fc.dictionary(fc.constantFrom(...names, 'x', '__proto__', 'a/b'), fc.jsonValue(), {
      maxKeys: 6,
    });
    fc.assert(
      fc.property(fc.oneof(fields, fc.jsonValue()), (nonsense) => {
        for (const input of [nonsense, { ...task.example, ...Object(nonsense) }]) {
          const outcome = resolveInput(name, input);
          if (outcome.ok) continue;
          expect(outcome.issues.length).toBeGreaterThan(0);
          for (const { path, message } of outcome.issues) {
            expect(path).toStartWith('/input');
            expect(message).not.toContain('to undefined');
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  test('a hopeless input is answered briefly', () => {
    const unknown = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`field${index}`, index]));
    const checked = checkInput(name, { ...unknown, seed: -1 });
    expect(checked.ok).toBe(false);
    if (checked.ok) return;
    expect(checked.issues.length).toBeLessThan(130);
    expect(checked.issues.map(({ path }) => path)).toContain('/input/seed');
  });
});

test('a schema says what its fields ask of each other', () => {
  const schemaOf = (name: string) => JSON.parse(JSON.stringify(findTask(name)?.inputSchema));
  expect(schemaOf('video.combine')).toMatchObject({
    allOf: [{ anyOf: [{ required: ['videos'] }, { required: ['videoUrls'] }] }],
  });
  const dependentRequired = { width: ['height'], height: ['width'] };
  expect(schemaOf('video.generate')).toMatchObject({ dependentRequired });
  expect(schemaOf('image.generate')).not.toHaveProperty('allOf');
  expect(schemaOf('image.edit')).not.toHaveProperty('dependentRequired');
});

test('a long list of nonsense is answered briefly, and hides no other field', () => {
  const input = { prompt: 'x', referenceImages: Array(5000).fill(5), seed: -1 };
  const checked = checkInput('image.generate', input);
  if (checked.ok) throw new Error('Accepted.');
  expect(checked.issues.length).toBeLessThan(130);
  expect(checked.issues.map(({ path }) => path)).toContain('/input/seed');
});

test('a file that was not staged is a fault of the caller, not an issue', () => {
  const checked = checkInput('image.edit', { prompt: 'x', sourceImage: 'https://cdn.example.com/a.png' });
  if (!checked.ok) throw new Error('Refused.');
  expect(() => checked.value.resolve(new Map(), 1)).toThrow('/input/sourceImage was not staged.');
});

test('prices that were not checked are refused', () => {
  expect(() => findTask('image.edit')?.check({}, {})).toThrow(TypeError);
});
