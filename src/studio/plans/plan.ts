import type { InputAdjustment } from '../../tasks/task.ts';

/**
 * One job of a plan, as a planner writes it down. Where its input wants a file, it may name the output of another step
 * as `{"fromStep": "<id>"}`, or a file of the project as `{"assetId": "<id>"}`.
 */
export interface DraftStep {
  /** Its name within the plan. */
  id: string;
  /** What it makes, in a few words. */
  title: string;
  task: string;
  input: Record<string, unknown>;
}

/** What the step's own task says of it. */
export interface StepQuote {
  engine: string;
  draft: boolean;
  effectiveInput: Record<string, unknown>;
  inputAdjustments: InputAdjustment[];
  listMicros: number;
  basis: string[];
  durationSeconds: number;
}

/** A step that its task has checked and priced. */
export interface PricedStep extends DraftStep {
  /** The steps whose outputs it takes. */
  dependsOn: string[];
  amountMicros: number;
  quote: StepQuote;
}

/** Steps in an order in which each comes after those that it depends on. */
export interface PricedPlan {
  steps: PricedStep[];
  amountMicros: number;
  listMicros: number;
}

/** More is no plan that a person can look through and approve. */
export const stepsMax = 20;
