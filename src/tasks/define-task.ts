import { type TProperties, Type } from '@sinclair/typebox';
import { fits } from '../fits.ts';
import { checkInput, clientSchema, valueSchemas } from './check-input.ts';
import type { MediaSlots } from './media-slot.ts';
import { resolveJob } from './resolve-job.ts';
import type { Task } from './task.ts';
import type { Effective, TaskDefinition } from './task-definition.ts';

/**
 * Makes a {@link Task} of a definition. The types of its fields, files, prices and decided values are closed
 * over here, so that outside a task is plain data and the registry a plain list.
 */
export function defineTask<
  Fields extends TProperties,
  const Slots extends MediaSlots,
  Prices extends TProperties,
  Values extends object,
>(definition: TaskDefinition<Fields, Slots, Prices, Values>): Task {
  const { name, title, summary, engines, example, media } = definition;
  const pricesSchema = Type.Object(definition.prices, { additionalProperties: false });
  const inputSchema = clientSchema(definition);
  const schemas = { input: inputSchema, ...valueSchemas(definition.fields) };
  return {
    ...{ name, title, summary, engines, example, media, inputSchema, pricesSchema },
    check(input, prices) {
      if (!fits(pricesSchema, prices)) throw new TypeError(`The prices of ${name} are invalid.`);
      const checked = checkInput(definition, schemas, input);
      if (!checked.ok) return checked;
      const references = Object.values(checked.value.media).flatMap((slot) => slot.references);
      return {
        ok: true,
        value: {
          media: references,
          resolve: (staged, drawnSeed) =>
            resolveJob(definition, { ...checked.value, staged, drawnSeed, prices }),
        },
      };
    },
    runnerParams(effectiveInput, pathOf) {
      // JSON comes back from the database untyped; it is what `resolve` of this very definition answered.
      return { ...definition.runnerParams(effectiveInput as Effective<Slots, Values>, pathOf) };
    },
  };
}
