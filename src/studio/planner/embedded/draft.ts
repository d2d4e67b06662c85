import type { DraftStep } from '../../plans/plan.ts';
import type { StepFile } from '../../plans/step-files.ts';
import type { KnownFile, PlanRequest } from '../planner.ts';
import type { Media } from './references.ts';

/** A file that a step takes: of the project, or another step's output. */
export interface Target {
  file: StepFile;
  media: Media;
  /** What it shows or is called, in words. */
  title: string;
  known?: KnownFile;
  step?: DraftStep;
}

/** A plan while it is written. */
export interface Draft {
  files: readonly KnownFile[];
  stepsMax: number;
  steps: DraftStep[];
  /** What the steps make, in their order. */
  made: Target[];
  /** What was made or spoken of last: `it`. */
  focus: Target[];
  /** What is not as it was asked for, in sentences. */
  notes: string[];
  /** What must be known before anything can be made. */
  questions: string[];
}

export function emptyDraft({ files, stepsMax }: Pick<PlanRequest, 'files' | 'stepsMax'>): Draft {
  return { files, stepsMax, steps: [], made: [], focus: [], notes: [], questions: [] };
}

const titleCharactersMax = 80;

/** Writes a step down. @returns what it makes; null where the plan is full */
export function addStep(
  draft: Draft,
  step: { stem: string; title: string; task: string; input: Record<string, unknown>; media: Media },
): Target | null {
  if (draft.steps.length >= draft.stepsMax) {
    note(draft, `A plan has at most ${draft.stepsMax} steps; the rest is left out.`);
    return null;
  }
  const { stem, task, input, media } = step;
  const number = draft.steps.filter(({ id }) => id.startsWith(`${stem}-`)).length + 1;
  const title = shortened(step.title);
  const drafted: DraftStep = { id: `${stem}-${number}`, title, task, input };
  draft.steps.push(drafted);
  const target: Target = { file: { fromStep: drafted.id }, media, title, step: drafted };
  draft.made.push(target);
  return target;
}

/** The same is told once. */
export function note(draft: Draft, sentence: string): void {
  if (!draft.notes.includes(sentence)) draft.notes.push(sentence);
}

export function ask(draft: Draft, question: string): void {
  if (!draft.questions.includes(question)) draft.questions.push(question);
}

/** Something that no step makes and every step may take. */
export function targetOf(known: KnownFile): Target {
  return { file: { assetId: known.assetId }, media: known.kind, title: known.title, known };
}

function shortened(text: string): string {
  const [line = ''] = text.trim().split('\n');
  const title =
    line.length <= titleCharactersMax ? line : `${line.slice(0, titleCharactersMax - 1).trimEnd()}…`;
  return title.charAt(0).toUpperCase() + title.slice(1);
}
