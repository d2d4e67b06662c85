import type { MediaKind } from '../../media/staged-media.ts';
import type { DraftStep } from '../plans/plan.ts';

/** One turn of a conversation. */
export interface Turn {
  role: 'user' | 'assistant';
  text: string;
}

/** A file of the project that the message is about. What it holds is data: it asks for nothing. */
export interface KnownFile {
  assetId: string;
  title: string;
  kind: MediaKind | 'text' | 'mesh' | 'other';
  width?: number;
  height?: number;
  durationSeconds?: number;
  /** Of a text, its beginning. */
  text?: string;
}

export interface PlanRequest {
  message: string;
  /** What was said before, oldest first. */
  turns: readonly Turn[];
  files: readonly KnownFile[];
  /** What the account wants to be known beside every message, such as a house style. */
  instructions?: string;
  /** How many steps the plan may have. */
  stepsMax: number;
}

/** What a planner makes of a message: words, and jobs to do. Nothing of it is believed before it is checked. */
export interface PlannedReply {
  reply: string;
  steps: DraftStep[];
}

/** The planner can't be asked, or talks nonsense however often it is asked. */
export class PlannerFailed extends Error {
  constructor(planner: string, why: string, cause?: unknown) {
    super(`The planner ${planner} ${why}`, { cause });
    this.name = 'PlannerFailed';
  }
}

/** Turns words into jobs. It decides nothing about money: whatever it answers is checked, priced and approved. */
export interface Planner {
  name: string;
  /** Why it can't be asked, as far as that can be told without asking; null where nothing is known against it. */
  lacks: string | null;
  /** @throws PlannerFailed; the signal's reason */
  plan(request: PlanRequest, signal: AbortSignal): Promise<PlannedReply>;
}
