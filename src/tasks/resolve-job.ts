import type { TProperties } from '@sinclair/typebox';
import type { InputIssue } from '../errors.ts';
import type { StagedMedia } from '../media/staged-media.ts';
import type { ValidInput } from './check-input.ts';
import type { MediaSlots, StagedSlots } from './media-slot.ts';
import { stagedFiles } from './requested-media.ts';
import type { InputAdjustment, Outcome, ResolvedJob } from './task.ts';
import type { TaskDefinition, ValuesOf } from './task-definition.ts';

/** Decides every value of a checked request, then its price and workload. Pure. */
export function resolveJob<
  Fields extends TProperties,
  Slots extends MediaSlots,
  Prices extends TProperties,
  Values extends object,
>(
  task: TaskDefinition<Fields, Slots, Prices, Values>,
  request: ValidInput<Fields> & {
    staged: ReadonlyMap<string, StagedMedia>;
    drawnSeed: number;
    prices: ValuesOf<Prices>;
  },
): Outcome<ResolvedJob> {
  const files = Object.entries(request.media).map(([name, { references }]) => {
    const staged = stagedFiles(references, request.staged);
    return [name, task.media[name]?.list ? staged : (staged[0] ?? null)];
  });
  const media: Record<string, unknown> = Object.fromEntries(files);
  if (!holdsSlots(task.media, media)) throw new Error('A required file was not staged.');
  const inputAdjustments: InputAdjustment[] = [...request.respelled];
  const pointerOf = (slot: string) => request.media[slot]?.pointer ?? `/input/${slot}`;
  const issues: InputIssue[] = [];
  const values = task.resolve(request.values, {
    media,
    pointerOf,
    fieldOf: (slot) => pointerOf(slot).slice('/input/'.length),
    isGiven: (field) => request.given.has(field),
    adjust: (adjustment) => inputAdjustments.push(adjustment),
    refuse: (issue) => issues.push(issue),
  });
  if (issues.length > 0) return { ok: false, issues };
  const effective = { ...media, ...values, seed: request.seed ?? request.drawnSeed };
  const price = task.price(effective, request.prices);
  const workload = task.workload(effective);
  const expectedOutput = task.output?.(effective) ?? null;
  return {
    ok: true,
    value: { effectiveInput: { ...effective }, inputAdjustments, price, workload, expectedOutput },
  };
}

/** True where `media` has what `slots` promises: lists, and files where they are required. */
export function holdsSlots<Slots extends MediaSlots, Found extends Record<string, unknown>>(
  slots: Slots,
  media: Found,
): media is Found & StagedSlots<Slots> {
  return Object.entries(slots).every(([name, slot]) => {
    if (slot.list) return Array.isArray(media[name]);
    return slot.required ? media[name] !== null && media[name] !== undefined : media[name] !== undefined;
  });
}
