import { characterCount } from '../../../tasks/characters.ts';
import { addStep, ask, type Draft, note, type Target } from './draft.ts';
import { tidy } from './describe.ts';
import { addSound, filmsBefore, noteSeparate } from './film-sound.ts';
import { choicesOf, languages, lengthOf, nearest } from './limits.ts';
import { type Marks, restore } from './marks.ts';
import { outputFields } from './output-fields.ts';
import { repeat } from './picture-steps.ts';
import { whichQuestion } from './questions.ts';
import { findTargets } from './targets.ts';
import type { Wish } from './wishes.ts';

const task = 'audio.speak';
const plainVoice = 'Warm clear narrator with balanced pacing and natural emphasis.';
const charactersPerSecond = 15;

/** Says what is quoted, or what a text of the project says, in a voice that is described or cloned. */
export function writeSpeech(draft: Draft, wish: Wish, marks: Marks): void {
  const text = spokenText(draft, wish, marks);
  if (text === null) return;
  const reference = clonedVoice(draft, wish, marks);
  if (reference === 'asked') return;
  const { language } = wish.amounts;
  const known = choicesOf(task, 'language').map((name) => languages.get(String(name)));
  if (language !== undefined && !known.includes(language)) {
    note(draft, `Speech is in ${choicesOf(task, 'language').join(' and ')} only.`);
  }
  const voice = reference
    ? { mode: 'voice_clone', referenceAudio: reference.file }
    : { voiceDescription: voiceDescription(wish, marks) };
  const films = wish.isAdded ? filmsBefore(draft) : [];
  const made = repeat(wish.count, (index) =>
    addStep(draft, {
      ...{ stem: 'speech', title: text, task, media: 'audio' },
      input: { text, ...voice, ...outputFields(draft, task, { amounts: wish.amounts, index }) },
    }),
  );
  if (wish.isAdded && films.length === 0) noteSeparate(draft);
  const [sound] = made;
  for (const film of sound ? films : []) {
    if (sound) addSound(draft, film, sound);
    lastAsLong(film, text);
  }
  draft.focus = films.length > 0 ? films : made;
}

/** Null where it had to be asked. */
function spokenText(draft: Draft, wish: Wish, marks: Marks): string | null {
  const text = quotedText(wish) ?? fileText(draft, wish) ?? wordsToSay(wish, marks);
  if (text === null) {
    ask(draft, 'What shall be said? Put the words in quotes.');
    return null;
  }
  const { min, max } = lengthOf(task, 'text');
  const count = characterCount(text);
  if (count >= min && count <= max) return text;
  ask(
    draft,
    `A speech has ${min} to ${max} characters, and this text has ${count}: what shall be said instead?`,
  );
  return null;
}

function quotedText({ quotes }: Wish): string | null {
  return quotes.length > 0 ? quotes.join(' ') : null;
}

/** What a text of the project says is said as it is, and read for nothing else. */
export function fileText(draft: Draft, { references }: Pick<Wish, 'references'>): string | null {
  const named = references.filter(
    (reference) =>
      reference.kind === 'file' ||
      (reference.kind === 'noun' && (reference.media === 'text' || reference.media === null)),
  );
  if (named.length === 0) return null;
  const found = findTargets(draft, named, { media: 'text' });
  return 'targets' in found ? (found.targets[0]?.known?.text?.trim() ?? null) : null;
}

/** `say we launch at dawn` */
function wordsToSay({ words }: Wish, marks: Marks): string | null {
  const said =
    /\b(?:say|says|saying|speak|read|narrate)\b(?:\s+(?:that|this|aloud|out))?[\s:,]+(.+)$/is.exec(
      words,
    )?.[1] ?? '';
  const text = tidy(restore(said.replace(voicePattern, ''), marks));
  return text === '' ? null : text;
}

const voicePattern =
  /\b(?:in|with|by|using|of)\s+(an?\s+[^,.;:\uE000-\uE1FF]*?\b(?:voice|narrator|speaker|tone|accent|man|woman|girl|boy))\b/i;

/** The words for the voice, made as long as the task wants them. */
function voiceDescription(wish: Wish, marks: Marks): string {
  const all = [wish.words, ...wish.more].join('. ');
  const said =
    voicePattern.exec(all)?.[1] ??
    /((?:[a-z-]+,?\s+){1,5}(?:voice(?!-?\s?over)|narrator))\b/i.exec(
      all.replace(/\b(?:clone|use|in|with|the|a|an)\b/gi, ' '),
    )?.[1] ??
    '';
  const { min, max } = lengthOf(task, 'voiceDescription');
  const description = tidy(restore(said, marks).replace(/^an?\s+/i, '')).slice(0, max);
  if (description === '') return plainVoice;
  return description.length >= min ? description : `${description}, clear and natural with balanced pacing`;
}

/** The recording whose voice is wanted; null where a voice is described. */
function clonedVoice(draft: Draft, wish: Wish, marks: Marks): Target | 'asked' | null {
  const recordings = wish.references.filter((reference) =>
    reference.kind === 'file'
      ? reference.file.kind === 'audio'
      : reference.kind === 'noun' && reference.media === 'audio',
  );
  const words = restore(wish.words, marks);
  const isTheirs = wish.references.some((reference) =>
    /\b(?:this|that|my|same|his|her|their)\b.*\bvoice\b/i.test(reference.words),
  );
  const isClone = isTheirs || /\bclon(?:e|ed|ing)\b|\bsame voice\b|\bvoice (?:of|from|in)\b/i.test(words);
  if (!isClone && !recordings.some(({ kind }) => kind === 'file')) return null;
  const found = findTargets(draft, recordings, { media: 'audio' });
  if ('targets' in found) return found.targets[0] ?? null;
  whichQuestion(draft, { media: 'audio', verb: 'clone the voice of', missing: found.missing });
  return 'asked';
}

/** A film of which no length was said lasts as long as what is said in it. */
function lastAsLong({ step }: Target, text: string): void {
  if (!step || 'durationSeconds' in step.input) return;
  const seconds = Math.ceil(characterCount(text) / charactersPerSecond) + 1;
  step.input['durationSeconds'] = nearest('video.generate', 'durationSeconds', seconds);
}
