import type { Static, TObject, TProperties } from '@sinclair/typebox';
import type { InputIssue } from '../errors.ts';
import type { ExpectedMedia } from '../media/expected-media.ts';
import type { PathOf } from '../media/staged-media.ts';
import type { MediaSlots, StagedSlots } from './media-slot.ts';
import type { InputAdjustment, Price, Task, Workload } from './task.ts';

export type ValuesOf<Fields extends TProperties> = Static<TObject<Fields>>;

/** What the rules of a task may ask of a request beside its valid fields. */
export interface RequestShape<Name> {
  /** True where the client named the field, or the slot under any of its names, even with a bad value. */
  isGiven: (name: Name) => boolean;
  /** How many valid files a slot holds. */
  fileCount: (name: Name) => number;
  /** JSON pointer of a field, or of the name by which the client filled a slot. */
  pointerOf: (name: Name) => string;
}

/** What `resolve` decides with, and where it says what it changed or can't accept. */
export interface Decision<Slots extends MediaSlots> {
  media: StagedSlots<Slots>;
  /** JSON pointer of the field by which the client filled a slot. */
  pointerOf: (slot: keyof Slots & string) => string;
  /** The client's own name for a slot, as adjustments name it. */
  fieldOf: (slot: keyof Slots & string) => string;
  /** True where the client named the field, rather than leave it to its default. */
  isGiven: (field: string) => boolean;
  adjust: (adjustment: InputAdjustment) => void;
  refuse: (issue: InputIssue) => void;
}

/** Everything that the runner is told and the price depends on: decided values, staged files, the seed. */
export type Effective<Slots extends MediaSlots, Values> = StagedSlots<Slots> & Values & { seed: number };

/** A media task as its file writes it down. {@link defineTask} turns it into a `Task`. */
export interface TaskDefinition<
  Fields extends TProperties,
  Slots extends MediaSlots,
  Prices extends TProperties,
  Values extends object,
> extends Pick<Task, 'name' | 'title' | 'summary' | 'engines' | 'example'> {
  /** The input's fields but for files and `seed`. One with a `default` is optional for the client. */
  fields: Fields;
  media: Slots;
  /** This task's table of `config/pricing.toml`. */
  prices: Prices;
  /** Names that a client may well try in vain, and why they aren't fields. */
  refusedFields?: Record<string, string>;
  /** Rules across fields that need no file. `values` has only valid fields, so that all issues show at once. */
  rules?(values: Partial<ValuesOf<Fields>>, request: RequestShape<keyof Fields | keyof Slots>): InputIssue[];
  /** Decides every value. Pure. What it answers is stored as JSON together with the staged files and the seed. */
  resolve(values: ValuesOf<Fields>, decision: Decision<Slots>): Values;
  price(effective: Effective<Slots, Values>, prices: ValuesOf<Prices>): Price;
  workload(effective: Effective<Slots, Values>): Workload;
  /** What its output will be, for a job that is planned on it before this one has run; left out: nothing for a task. */
  output?(effective: Effective<Slots, Values>): ExpectedMedia;
  runnerParams(effective: Effective<Slots, Values>, pathOf: PathOf): object;
}
