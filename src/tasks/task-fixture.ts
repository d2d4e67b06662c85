import priceList from '../../config/pricing.toml';
import type { InputIssue } from '../errors.ts';
import type { MediaReference } from '../media/media-input.ts';
import type { StagedMedia } from '../media/staged-media.ts';
import { checkPricing } from './pricing.ts';
import { findTask } from './registry.ts';
import type { Outcome, ResolvedJob } from './task.ts';

/** For tests: the shipped price list, and a shortcut from a request to its resolved job. */

export const shippedPricing = checkPricing(priceList);

/** What a test says of a staged file; the rest is made up. */
export type MediaFacts = Partial<StagedMedia>;

export function stagedMedia(reference: MediaReference, facts: MediaFacts = {}): StagedMedia {
  const { kind, stem, input, pointer } = reference;
  const extension = { image: 'webp', audio: 'opus', video: 'mp4' }[kind];
  const measured = {
    image: { width: 1280, height: 704 },
    audio: { durationSeconds: 5 },
    video: {
      ...{ width: 1280, height: 704, durationSeconds: 10, frames: 300, hasAudio: true },
      frameRate: { numerator: 30, denominator: 1 },
    },
  }[kind];
  return {
    kind,
    name: `${stem}.${extension}`,
    mimeType: `${kind}/${extension}`,
    bytes: 1000,
    sha256: typeof input === 'string' ? input : pointer,
    source: typeof input === 'string' ? input : 'inline',
    ...measured,
    ...facts,
  };
}

export function checkInput(name: string, input: unknown) {
  const task = findTask(name);
  if (!task) throw new Error(`There is no task ${name}.`);
  return task.check(input, shippedPricing.byTask.get(name));
}

/** Resolves `input` with made-up files; `facts` says by JSON pointer what is special about one. */
export function resolveInput(
  name: string,
  input: unknown,
  options: { facts?: Record<string, MediaFacts>; drawnSeed?: number } = {},
): Outcome<ResolvedJob> {
  const checked = checkInput(name, input);
  if (!checked.ok) return checked;
  const staged = checked.value.media.map((reference): [string, StagedMedia] => {
    return [reference.pointer, stagedMedia(reference, options.facts?.[reference.pointer])];
  });
  return checked.value.resolve(new Map(staged), options.drawnSeed ?? 7);
}

/** As {@link resolveInput}, for an input that must be good. */
export function resolved(...args: Parameters<typeof resolveInput>): ResolvedJob {
  const outcome = resolveInput(...args);
  if (!outcome.ok) throw new Error(`Refused: ${JSON.stringify(outcome.issues)}`);
  return outcome.value;
}

/** The issues of an input that must be refused. */
export function refused(...args: Parameters<typeof resolveInput>): InputIssue[] {
  const outcome = resolveInput(...args);
  if (outcome.ok) throw new Error(`Accepted: ${JSON.stringify(outcome.value.effectiveInput)}`);
  return outcome.issues;
}

export function issuePaths(...args: Parameters<typeof resolveInput>): string[] {
  return refused(...args).map(({ path }) => path);
}

/** What the runner would be sent, with `/in/<name>` for each file. The effective input passes through JSON first. */
export function runnerParamsOf(name: string, job: ResolvedJob): Record<string, unknown> {
  const stored: Record<string, unknown> = JSON.parse(JSON.stringify(job.effectiveInput));
  return findTask(name)?.runnerParams(stored, (media) => `/in/${media.name}`) ?? {};
}
