import { atmosphereLooks } from './atmosphere-looks.ts';
import { gradePicture } from './color-cube.ts';
import { colorLooks, tintLook, unknownLook } from './color-looks.ts';
import type { Look, LookTools } from './look.ts';
import { paintLooks } from './paint-looks.ts';
import type { Picture } from './picture.ts';
import { allMentioned, promptColors } from './prompt-words.ts';

/** A look and what it is called in the result. */
export interface NamedLook {
  name: string;
  look: Look;
}

/** Every look, in the order in which they are applied: weather and colour first, then the tool that paints it. */
const looks: Readonly<Record<string, Look>> = { ...atmosphereLooks, ...colorLooks, ...paintLooks };
const order = Object.keys(looks);

/** Looks that take two words to name. */
const wordPairs = [
  { pair: ['black', 'white'], name: 'monochrome' },
  { pair: ['old', 'photo'], name: 'sepia' },
  { pair: ['old', 'film'], name: 'sepia' },
];

/** Looks that a painted scene does not bring about by itself. */
const styles = ['noir', 'monochrome', 'sepia', 'inverted', 'dramatic', 'vivid', ...Object.keys(paintLooks)];

/** The looks that an edit's prompt asks for; a prompt that names none gets one by `choice` 0..1. */
export function editLooks(words: readonly string[], choice: number): NamedLook[] {
  const tints = promptColors(words).slice(0, 1);
  const named = mentionedLooks(words);
  const tinted = tints.map(({ name, color }) => ({ name: `tint ${name}`, look: tintLook(color) }));
  const all = [...tinted, ...named];
  return all.length > 0 ? all : [{ name: 'grade', look: unknownLook(choice) }];
}

/** The looks that a prompt for a new picture asks for. */
export function styleLooks(words: readonly string[]): NamedLook[] {
  return mentionedLooks(words).filter(({ name }) => styles.includes(name));
}

function mentionedLooks(words: readonly string[]): NamedLook[] {
  const vocabulary = Object.fromEntries(order.map((name) => [name, looks[name]?.words ?? '']));
  const found = new Set(allMentioned(words, vocabulary));
  for (const { pair, name } of wordPairs) {
    if (pair.every((word) => words.includes(word))) found.add(name);
  }
  return order.flatMap((name) => {
    const look = looks[name];
    return found.has(name) && look ? [{ name, look }] : [];
  });
}

/** Applies one look to the picture in place. */
export async function applyLook(picture: Picture, { grade, paint }: Look, tools: LookTools): Promise<void> {
  if (grade) gradePicture(picture, grade);
  await tools.pause();
  if (paint) await paint(picture, tools);
}
