import type { TObject, TSchema } from '@sinclair/typebox';
import type { InputIssue } from '../errors.ts';
import type { ExpectedMedia } from '../media/expected-media.ts';
import type { MediaReference } from '../media/media-input.ts';
import type { PathOf, StagedMedia } from '../media/staged-media.ts';
import type { MediaSlots } from './media-slot.ts';

/** A value that the reference lets the service change, and why. Nothing is changed in silence. */
export interface InputAdjustment {
  field: string;
  from: unknown;
  to: unknown;
  reason: string;
}

/** What a job costs by the list, and the sums behind it in words, e.g. `1.57 MP × $0.02`. */
export interface Price {
  amountMicros: number;
  basis: string[];
}

/** What a job's time is estimated from: `units` of work, of which a model's manifest and measurements say seconds. */
export interface Workload {
  units: number;
  /** What one unit is, e.g. `megapixel-step` or `output-second`. */
  unit: string;
}

/** A request whose every value is decided, before it is queued. `effectiveInput` is plain JSON. */
export interface ResolvedJob {
  effectiveInput: Record<string, unknown>;
  inputAdjustments: InputAdjustment[];
  price: Price;
  workload: Workload;
  /** The output that another task could take; null where it makes none (JSON, a mesh). */
  expectedOutput: ExpectedMedia | null;
}

export type Outcome<T> = { ok: true; value: T } | { ok: false; issues: InputIssue[] };

/** A request that passed every check that needs no file. `media` is what must be staged before `resolve`. */
export interface CheckedInput {
  media: MediaReference[];
  /**
   * Decides every value. Pure.
   * @param staged every reference of `media`, by pointer
   * @param drawnSeed used when the request names no seed
   */
  resolve(staged: ReadonlyMap<string, StagedMedia>, drawnSeed: number): Outcome<ResolvedJob>;
}

/**
 * One media task as the rest of the appliance sees it: plain data and pure functions. Made by `defineTask`.
 * OpenAPI, quote, docs and validation all read `inputSchema`.
 */
export interface Task {
  name: string;
  title: string;
  summary: string;
  /** Model names (see `models/*.toml`) by engine. `ffmpeg` marks a task that is the same on every profile. */
  engines: { gpu: string; embedded: string } | { ffmpeg: string };
  inputSchema: TObject;
  /** The places for files, each by its own name. */
  media: MediaSlots;
  pricesSchema: TSchema;
  /** A small valid input, for the docs. */
  example: Record<string, unknown>;
  /**
   * Checks `input` against schema and cross-field rules and answers every issue at once.
   * @param prices this task's table of `config/pricing.toml`, already checked against `pricesSchema`
   */
  check(input: unknown, prices: unknown): Outcome<CheckedInput>;
  /** What the runner is sent, from a stored `effectiveInput`. */
  runnerParams(effectiveInput: Record<string, unknown>, pathOf: PathOf): Record<string, unknown>;
}
