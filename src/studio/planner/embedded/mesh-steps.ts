import { describe } from './describe.ts';
import { addStep, ask, type Draft, note, type Target } from './draft.ts';
import { nearest } from './limits.ts';
import type { Marks } from './marks.ts';
import { outputFields } from './output-fields.ts';
import { addPicture, repeat } from './picture-steps.ts';
import { whichQuestion } from './questions.ts';
import { findTargets } from './targets.ts';
import type { Wish } from './wishes.ts';

const task = 'trellis.generate';

/** 3D models of pictures; of what is only described, a picture is made first. */
export function writeMeshes(draft: Draft, wish: Wish, marks: Marks): void {
  const sources = sourcesOf(draft, wish, marks);
  const { isFast, isHighQuality, faceCount } = wish.amounts;
  const preset = isFast ? 'fast' : isHighQuality ? 'high' : undefined;
  draft.focus = sources.flatMap((source) =>
    repeat(wish.count, (index) =>
      addStep(draft, {
        ...{ stem: 'mesh', title: `3D: ${source.title}`, task, media: 'mesh' },
        input: {
          sourceImage: source.file,
          ...(preset === undefined ? {} : { qualityPreset: preset }),
          ...(faceCount === undefined
            ? {}
            : { targetFaceCount: nearest(task, 'targetFaceCount', faceCount) }),
          ...outputFields(draft, task, { amounts: wish.amounts, index }),
        },
      }),
    ),
  );
}

function sourcesOf(draft: Draft, wish: Wish, marks: Marks): Target[] {
  const text = describe(wish, marks, () => '').replace(
    /^(?:turn|convert|transform|make)?\b.*?\b(?:in)?to\b\s*/i,
    '',
  );
  const isDescribed =
    text !== '' &&
    /^(?:make|create|generate|build|design|produce|an?\b|another|some|model|sculpt)/i.test(wish.words);
  if (wish.references.length === 0 && isDescribed) {
    const object = addPicture(draft, `${text}, the whole object in front of a plain white background`, {});
    if (object) note(draft, 'A 3D model is made from a picture, which is made first.');
    return object ? [object] : [];
  }
  const found = findTargets(draft, wish.references, { media: 'image', words: wish.words });
  if ('targets' in found) return found.targets;
  if (found.missing === 'none' && wish.references.length === 0)
    ask(draft, 'Of what shall I make a 3D model?');
  else whichQuestion(draft, { media: 'image', verb: 'turn into a 3D model', missing: found.missing });
  return [];
}
