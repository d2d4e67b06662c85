import { addStep, type Draft } from './draft.ts';
import { cutTo } from './limits.ts';
import { outputFields } from './output-fields.ts';
import { whichQuestion } from './questions.ts';
import { fileText } from './speech-steps.ts';
import { findTargets } from './targets.ts';
import type { Wish } from './wishes.ts';

const task = 'audio.annotation.reference';

/** The words of recordings with their times; better where the words are given. */
export function writeAnnotations(draft: Draft, wish: Wish): void {
  const found = findTargets(draft, wish.references, { media: 'audio' });
  if ('missing' in found)
    return whichQuestion(draft, { media: 'audio', verb: 'transcribe', missing: found.missing });
  const given = wish.quotes.length > 0 ? wish.quotes.join('\n') : fileText(draft, wish);
  const transcript = cutTo(task, 'transcript', given ?? '');
  const { language } = wish.amounts;
  const made = found.targets.map((recording) =>
    addStep(draft, {
      ...{ stem: 'words', title: `Words of ${recording.title}`, task, media: 'other' },
      input: {
        sourceAudio: recording.file,
        ...(transcript === '' ? {} : { transcript }),
        ...(language === undefined ? {} : { language }),
        ...outputFields(draft, task, { amounts: wish.amounts }),
      },
    }),
  );
  draft.focus = made.filter((target) => target !== null);
}
