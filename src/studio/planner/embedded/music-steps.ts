import { durationSecondsDefault } from '../../../tasks/video-length.ts';
import { describe, tidy } from './describe.ts';
import { addStep, ask, type Draft, note, type Target } from './draft.ts';
import { addSound, filmsBefore, noteSeparate } from './film-sound.ts';
import { cutTo, nearest, takesChoice } from './limits.ts';
import { type Marks, quoteMark } from './marks.ts';
import { outputFields } from './output-fields.ts';
import { repeat } from './picture-steps.ts';
import { fileText } from './speech-steps.ts';
import type { Wish } from './wishes.ts';

const song = 'ace.step.create';
const effect = 'moss.sound.effect';

/** Songs with the lyrics that are quoted, or instrumentals. */
export function writeMusic(draft: Draft, wish: Wish, marks: Marks): void {
  const lyrics = lyricsOf(draft, wish);
  const words = wish.words.replaceAll(
    new RegExp(
      String.raw`(?:\b(?:with|and|using|to)\s+)?(?:the(?:se)?\s+)?(?:\blyrics\b|\bwords\b)?(?:\s+(?:are|is|of|from))?[\s:]*(?:${quoteMark}|[\uE100-\uE1FF])`,
      'gi',
    ),
    ' ',
  );
  const tags = tagsOf({ ...wish, words }, marks) || (lyrics === '' ? '' : 'song');
  if (tags === '') return ask(draft, 'How shall the music sound? Tell me its style, instruments and mood.');
  const { isHighQuality, language } = wish.amounts;
  if (lyrics === '' && /\b(?:song|sing|vocals?|ballad|anthem|lullaby)\b/i.test(wish.words)) {
    note(draft, 'Without lyrics it is an instrumental; put lyrics in quotes to have them sung.');
  }
  writeSounds(draft, wish, {
    ...{ stem: 'song', task: song, title: tags },
    input: {
      tags,
      ...(lyrics === '' ? {} : { lyrics }),
      ...(isHighQuality && takesChoice(song, 'qualityPreset', 'high_quality')
        ? { qualityPreset: 'high_quality' }
        : {}),
      ...(language === undefined ? {} : { language }),
    },
  });
}

export function writeEffects(draft: Draft, wish: Wish, marks: Marks): void {
  const prompt = cutTo(
    effect,
    'prompt',
    describe(wish, marks, () => ''),
  );
  if (prompt === '') return ask(draft, 'What shall be heard?');
  writeSounds(draft, wish, { stem: 'sound', task: effect, title: prompt, input: { prompt } });
}

/** Sounds for the films before them are as long as those, where nobody said another length. */
function writeSounds(
  draft: Draft,
  wish: Wish,
  sound: { stem: string; task: string; title: string; input: Record<string, unknown> },
): void {
  const films = wish.isAdded ? filmsBefore(draft) : [];
  const [film] = films;
  const length =
    film && wish.amounts.durationSeconds === undefined
      ? { durationSeconds: lengthFor(sound.task, film) }
      : {};
  const made = repeat(wish.count, (index) =>
    addStep(draft, {
      ...{ ...sound, media: 'audio' },
      input: {
        ...sound.input,
        ...length,
        ...outputFields(draft, sound.task, { amounts: wish.amounts, index }),
      },
    }),
  );
  if (wish.isAdded && films.length === 0) noteSeparate(draft);
  const [first] = made;
  if (first) films.forEach((one) => addSound(draft, one, first));
  draft.focus = films.length > 0 ? films : made;
}

function lengthFor(task: string, { step }: Target): number {
  const seconds = step?.input['durationSeconds'];
  return nearest(task, 'durationSeconds', typeof seconds === 'number' ? seconds : durationSecondsDefault);
}

function lyricsOf(draft: Draft, wish: Wish): string {
  if (
    /\binstrumental\b|\bwithout (?:lyrics|vocals|singing)\b|\bno (?:lyrics|vocals)\b/i.test(
      [wish.words, ...wish.more].join(' '),
    )
  )
    return '';
  const lyrics = wish.quotes.length > 0 ? wish.quotes.join('\n') : (fileText(draft, wish) ?? '');
  return cutTo(song, 'lyrics', lyrics);
}

function tagsOf(wish: Wish, marks: Marks): string {
  const text = describe(wish, marks, () => '').replaceAll(/^(?:it|them|the film|the video)\b\s*/gi, '');
  return cutTo(song, 'tags', tidy(text.replaceAll(/\.\s+/g, ', ')));
}
