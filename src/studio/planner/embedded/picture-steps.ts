import { pictureFields } from './canvas-fields.ts';
import { describe, describeEach } from './describe.ts';
import { addStep, ask, type Draft, type Target } from './draft.ts';
import { cutTo } from './limits.ts';
import { type Marks } from './marks.ts';
import { outputFields } from './output-fields.ts';
import type { Reference } from './references.ts';
import { findTargets } from './targets.ts';
import { whichQuestion } from './questions.ts';
import type { Wish } from './wishes.ts';

/** Pictures from words, guided by those that the words name. */
export function writePictures(draft: Draft, wish: Wish, marks: Marks): void {
  const prompts = describeEach(wish, marks, guideWords).map((words) =>
    cutTo('image.generate', 'prompt', words),
  );
  if (prompts.includes('')) return ask(draft, 'What shall the picture show?');
  const guides = guidesOf(draft, wish, marks);
  const made = repeat(Math.max(wish.count, prompts.length), (index) =>
    addPicture(draft, prompts[index % prompts.length] ?? '', {
      ...pictureFields(draft, wish.amounts),
      ...outputFields(draft, 'image.generate', { amounts: wish.amounts, index }),
      ...(guides.length > 0 ? { referenceImages: guides.map(({ file }) => file) } : {}),
    }),
  );
  draft.focus = made;
}

export function addPicture(draft: Draft, prompt: string, fields: Record<string, unknown>): Target | null {
  const input = { prompt, ...fields };
  return addStep(draft, { stem: 'picture', title: prompt, task: 'image.generate', input, media: 'image' });
}

/** Changes of one picture, or of each of several. */
export function writeEdits(draft: Draft, wish: Wish, marks: Marks): void {
  const found = findTargets(draft, wish.references, { media: 'image', words: wish.words });
  if ('missing' in found)
    return whichQuestion(draft, { media: 'image', verb: 'change', missing: found.missing });
  const { targets, isPlural } = found;
  const sources = isPlural ? targets : targets.slice(0, 1);
  const guides = isPlural ? [] : targets.slice(1, 1 + guidesMax);
  const prompt = cutTo('image.edit', 'prompt', describe({ ...wish, intent: 'edit' }, marks, editWords));
  const made = sources.flatMap((source) =>
    repeat(wish.count, (index) =>
      addStep(draft, {
        ...{ stem: 'edit', title: prompt, task: 'image.edit', media: 'image' },
        input: {
          ...{ prompt, sourceImage: source.file },
          ...(guides.length > 0 ? { referenceImages: guides.map(({ file }) => file) } : {}),
          ...outputFields(draft, 'image.edit', { amounts: wish.amounts, index }),
        },
      }),
    ),
  );
  draft.focus = made;
}

const guidesMax = 8;

/** Pictures that a description names: `in the style of sketch.png`. */
function guidesOf(draft: Draft, wish: Wish, marks: Marks): Target[] {
  const named = wish.references.filter((reference) => {
    if (reference.kind === 'file') return true;
    const mark = marks.references.indexOf(reference);
    const before = wish.words.slice(0, wish.words.indexOf(String.fromCharCode(0xe100 + mark)));
    return /(?:style of|like|based on|inspired by|using|reference|as in|match(?:ing)?|from|variations? of|versions? of)\s*$/i.test(
      before,
    );
  });
  if (named.length === 0) return [];
  const found = findTargets(draft, named, { media: 'image' });
  return 'targets' in found ? found.targets.slice(0, guidesMax) : [];
}

function guideWords({ kind, words }: Reference): string {
  return kind === 'file' ? 'the reference picture' : words;
}

function editWords({ kind, words }: Reference): string {
  return kind === 'file' ? 'the picture' : words;
}

export function repeat<Made>(count: number, make: (index: number) => Made | null): Made[] {
  const made: Made[] = [];
  for (let index = 0; index < count; index++) {
    const one = make(index);
    if (one === null) break;
    made.push(one);
  }
  return made;
}
