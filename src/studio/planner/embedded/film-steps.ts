import type { Amounts } from './amounts.ts';
import { filmFields, filmSize, nearestAspectRatio } from './canvas-fields.ts';
import { describeEach } from './describe.ts';
import { addStep, ask, type Draft, note, type Target, targetOf } from './draft.ts';
import { tellingVerbs } from './intent-words.ts';
import { cutTo, fieldOf, nearest } from './limits.ts';
import { type Marks, referenceMark } from './marks.ts';
import { outputFields } from './output-fields.ts';
import { repeat } from './picture-steps.ts';
import { whichQuestion } from './questions.ts';
import { findTargets } from './targets.ts';
import type { Wish } from './wishes.ts';
import { addSound } from './film-sound.ts';

const task = 'video.generate';
const fromMark = new RegExp(
  String.raw`(?:from|of|out of|using|based on|turn|transform|convert|with|use)\s*${referenceMark}`,
  'i',
);

/** Films of a description, or of one picture each. */
export function writeFilms(draft: Draft, wish: Wish, marks: Marks): void {
  const sources = sourcesOf(draft, wish);
  if (sources === null) return;
  const texts = describeEach(wish, marks, ({ kind, words }) => (kind === 'pronoun' ? '' : words));
  if (sources.length === 0 && texts.includes('')) return ask(draft, 'What shall the film show?');
  const made = sources.length === 0 ? [null] : sources;
  draft.focus = made.flatMap((source) =>
    repeat(Math.max(wish.count, texts.length), (index) =>
      addFilm(draft, wish.amounts, { source, text: texts[index % texts.length] ?? '', index }),
    ),
  );
  const named = soundsNamed(wish);
  const sound = named.length > 0 ? findTargets(draft, named, { media: 'audio' }) : null;
  const recording = sound && 'targets' in sound ? sound.targets[0] : undefined;
  if (recording) draft.focus.forEach((film) => addSound(draft, film, recording));
}

/** Null where it had to be asked. */
function sourcesOf(draft: Draft, wish: Wish): Target[] | null {
  const needsSource = isAnimation(wish);
  const sounds = soundsNamed(wish);
  const named = wish.references
    .filter((reference) => !sounds.includes(reference))
    .filter(({ kind }) => kind !== 'pronoun' || needsSource || fromMark.test(wish.words));
  const found = findTargets(draft, named, { media: 'image', words: wish.words });
  const isNamed = named.length > 0;
  if ('missing' in found) {
    if (!needsSource && found.missing === 'none') return [];
    if (!isNamed && !needsSource) return [];
    whichQuestion(draft, { media: 'image', verb: 'animate', missing: found.missing });
    return null;
  }
  if (isNamed || needsSource) return found.targets;
  // A picture that was chosen beside the message is what it is about; one that the plan makes for itself is not.
  return found.targets.every(({ known }) => known) ? found.targets : [];
}

/** `animate it`, and not `animate a running fox`. */
function isAnimation({ words }: Wish): boolean {
  const isVerb = tellingVerbs.some(([intent, pattern]) => intent === 'film' && pattern.test(words));
  return isVerb && !/^\w+\s+(?:an?|some)\b/i.test(words);
}

function soundsNamed({ references }: Wish) {
  return references.filter(
    (reference) =>
      (reference.kind === 'noun' && reference.media === 'audio') ||
      (reference.kind === 'file' && reference.file.kind === 'audio'),
  );
}

function addFilm(
  draft: Draft,
  amounts: Amounts,
  { source, text, index }: { source: Target | null; text: string; index: number },
): Target | null {
  const canvas = filmFields(draft, amounts);
  const shaped = source && Object.keys(canvas).length === 0 ? shapeOf(originOf(draft, source)) : canvas;
  if (source) frame(originOf(draft, source), shaped);
  const prompt = cutTo(
    task,
    'prompt',
    text === '' ? `${source?.title ?? ''}: gentle natural motion, steady camera` : text,
  );
  return addStep(draft, {
    ...{ stem: 'film', task, media: 'video' },
    title: text === '' ? `${source?.title ?? 'It'} in motion` : text,
    input: {
      prompt,
      ...(source ? { startFrameImage: source.file } : {}),
      ...shaped,
      ...outputFields(draft, task, { amounts, index }),
      ...frameRateFields(draft, amounts.fps),
      ...(amounts.isExtremeQuality ? { extremeQuality: true } : {}),
    },
  });
}

/** The picture that an edited one was: an edit keeps its size. */
function originOf(draft: Draft, target: Target): Target {
  const source = JSON.stringify(target.step?.task === 'image.edit' ? target.step.input['sourceImage'] : null);
  const origin = [...draft.made, ...draft.files.map(targetOf)].find(
    ({ file }) => JSON.stringify(file) === source,
  );
  return origin ? originOf(draft, origin) : target;
}

/** The canvas that suits a picture; one that is still to be made has the film's. */
function shapeOf({ known, step }: Target): { aspectRatio?: string } {
  const made = step?.input ?? {};
  const { width, height } = known ?? made;
  if (typeof width === 'number' && typeof height === 'number')
    return { aspectRatio: nearestAspectRatio({ width, height }) };
  return {};
}

/** A picture that is made for a film has its size, where nobody said another. */
function frame({ step }: Target, canvas: ReturnType<typeof filmFields>): void {
  if (step?.task !== 'image.generate' || 'width' in step.input) return;
  Object.assign(step.input, filmSize(canvas));
}

/** A rate below those of interpolation is that of the model's own frames. */
function frameRateFields(draft: Draft, fps: number | undefined): Record<string, number> {
  if (fps === undefined) return {};
  const possible = nearest(task, 'interpolationFps', Math.round(fps));
  if (fps >= possible) {
    if (fps > possible) note(draft, `A film has at most ${possible} frames a second, not ${fps}.`);
    return { interpolationFps: possible };
  }
  const sampledFps = nearest(task, 'sampledFps', fps);
  if (sampledFps !== fps)
    note(draft, `A film has at least ${fieldOf(task, 'sampledFps')['minimum']} frames a second, not ${fps}.`);
  return { sampledFps, interpolationFps: 0 };
}
