import { describe } from './describe.ts';
import { addStep, ask, type Draft, note, type Target } from './draft.ts';
import { durationSecondsDefault } from '../../../tasks/video-length.ts';
import { findTask } from '../../../tasks/registry.ts';
import { nearest } from './limits.ts';
import type { Marks } from './marks.ts';
import { outputFields } from './output-fields.ts';
import { whichQuestion } from './questions.ts';
import type { Reference } from './references.ts';
import { everything, findTargets } from './targets.ts';
import type { Wish } from './wishes.ts';

const task = 'video.combine';

/** Joins films in the order in which they are named or made. */
export function writeCombination(draft: Draft, wish: Wish): void {
  const found = findTargets(draft, wish.references, { media: 'video' });
  const named = 'targets' in found ? found.targets : [];
  const made = draft.made.filter(({ media, step }) => media === 'video' && step?.task !== task);
  const clips = [named, made, everything(draft, 'video')].find(({ length }) => length >= clipsMin());
  if (!clips) {
    return ask(
      draft,
      `Which films shall I combine? It takes at least ${clipsMin()}${named[0] ? `, and I know only “${named[0].title}”` : ''}.`,
    );
  }
  const { overlapFrames, fps } = wish.amounts;
  const whole = addCombination(draft, clips, {
    ...(overlapFrames === undefined ? {} : { overlapFrames: nearest(task, 'overlapFrames', overlapFrames) }),
    ...(fps === undefined ? {} : { frameRate: nearest(task, 'frameRate', fps) }),
    ...outputFields(draft, task, { amounts: wish.amounts }),
  });
  draft.focus = whole ? [whole] : [];
}

function clipsMin(): number {
  return findTask(task)?.media['videos']?.list?.countMin ?? 2;
}

function addCombination(
  draft: Draft,
  clips: readonly Target[],
  fields: Record<string, unknown>,
): Target | null {
  const input = { videos: clips.map(({ file }) => file), ...fields };
  return addStep(draft, {
    stem: 'combined',
    title: `${clips.length} films in one`,
    task,
    input,
    media: 'video',
  });
}

/** A film of this plan is made longer; one that is there already goes on from a picture of its end. */
export function writeExtension(draft: Draft, wish: Wish, marks: Marks): void {
  const found = findTargets(draft, wish.references, { media: 'video', words: wish.words });
  if ('missing' in found)
    return whichQuestion(draft, { media: 'video', verb: 'extend', missing: found.missing });
  const [film] = found.targets;
  if (!film) return;
  const seconds = wish.amounts.durationSeconds ?? durationSecondsDefault;
  if (film.step?.task === 'video.generate') return lengthen(draft, film, { seconds, isTotal: isTotal(wish) });
  const ending = endOf(draft, wish.references);
  if (!ending) {
    return ask(
      draft,
      `To go on from “${film.title}” I need its last frame as a picture: upload it, and say so again.`,
    );
  }
  const text = describe({ ...wish, words: wish.words.replace(/^\w+/, '') }, marks, () => '');
  const next = addStep(draft, {
    ...{ stem: 'film', task: 'video.generate', media: 'video', title: `${film.title} goes on` },
    input: {
      prompt: text === '' ? `${film.title} goes on seamlessly: same subject, light and camera` : text,
      startFrameImage: ending.file,
      ...outputFields(draft, 'video.generate', { amounts: { durationSeconds: seconds, ...wish.amounts } }),
    },
  });
  // Its first frame is the last one of the film before it.
  const whole = next && addCombination(draft, [film, next], { overlapFrames: 1 });
  draft.focus = whole ? [whole] : [];
}

function lengthen(
  draft: Draft,
  film: Target,
  { seconds, isTotal }: { seconds: number; isTotal: boolean },
): void {
  const input = film.step?.input ?? {};
  const before =
    typeof input['durationSeconds'] === 'number' ? input['durationSeconds'] : durationSecondsDefault;
  const wanted = isTotal ? seconds : before + seconds;
  const possible = nearest('video.generate', 'durationSeconds', wanted);
  if (possible < wanted) note(draft, `A film has at most ${possible} s, not ${wanted}.`);
  input['durationSeconds'] = possible;
}

/** `extend it to 10 seconds` */
function isTotal({ words }: Wish): boolean {
  return /\bto\s*$/i.test(words.trim());
}

/** The picture that a clause names, or the only one that is called an end. */
function endOf(draft: Draft, references: readonly Reference[]): Target | null {
  const named = references.filter(
    (reference) => reference.kind === 'file' || (reference.kind === 'noun' && reference.media === 'image'),
  );
  const found = findTargets(
    { ...draft, files: draft.files.filter(({ title }) => /last|end|final|frame/i.test(title)) },
    named,
    { media: 'image' },
  );
  return 'targets' in found ? (found.targets.at(-1) ?? null) : null;
}
