import { hashText } from '../../media/random.ts';
import { creatureFamilies } from './creatures.ts';
import type { Family, Material, SoundRequest } from './family.ts';
import { foleyFamilies } from './foley.ts';
import { impactFamilies } from './impacts.ts';
import { machineFamilies } from './machines.ts';
import { signalFamilies } from './signals.ts';
import { findSpace, type Space } from './spaces.ts';
import { weatherFamilies } from './weather.ts';

/** Every family; where words of two overlap, the one that stands first is meant. */
export const families: readonly Family[] = [
  ...foleyFamilies,
  ...signalFamilies,
  ...machineFamilies,
  ...creatureFamilies,
  ...weatherFamilies,
  ...impactFamilies,
];

/** What a prompt asks for. */
export interface Reading {
  /** In the order in which they sound. */
  families: Family[];
  /** No word was known: the families were chosen by the prompt's hash. */
  isGuess: boolean;
  traits: Pick<SoundRequest, 'size' | 'speed' | 'force' | 'material' | 'direction'>;
  space: Space;
  /** Several times in a row. */
  isRepeated: boolean;
  isSingle: boolean;
  /** One sound after the other ("then"), rather than together. */
  isSequence: boolean;
}

const sequenceWords = /\bthen\b|followed by|\bafter(?:wards)?\b|\bbefore\b/;
const familiesMax = 5;
const guesses: readonly (readonly string[])[] = [
  ['drone'],
  ['hum', 'click'],
  ['whoosh', 'impact'],
  ['chime', 'drone'],
  ['impact'],
  ['wind', 'click'],
];

/** Finds the sounds, their order and their manner in the words of a prompt. */
export function readPrompt(prompt: string): Reading {
  const text = prompt.toLowerCase();
  const found = findFamilies(text);
  const guessed = guesses[hashText(text) % guesses.length] ?? ['drone'];
  return {
    families: found.length > 0 ? found : families.filter(({ name }) => guessed.includes(name)),
    isGuess: found.length === 0,
    traits: readTraits(text),
    space: findSpace(text),
    isRepeated:
      /repeat|multiple|several|series|rapid|burst|machine gun|volley|continuous|again and again/.test(text),
    isSequence: sequenceWords.test(text),
    isSingle: /\bsingle\b|\bone\b|\bonce\b|\blone\b/.test(text),
  };
}

function findFamilies(text: string): Family[] {
  const claimed = new Set<number>();
  const hits: { family: Family; at: number }[] = [];
  for (const family of families) {
    for (const match of text.matchAll(new RegExp(family.words, 'g'))) {
      const letters = Array.from({ length: match[0].length }, (_, i) => match.index + i);
      if (letters.some((letter) => claimed.has(letter)) || isDenied(text, match.index)) continue;
      for (const letter of letters) claimed.add(letter);
      if (!hits.some((hit) => hit.family === family)) hits.push({ family, at: match.index });
    }
  }
  const ordered = hits.toSorted((a, b) => a.at - b.at).map(({ family }) => family);
  return preparationFirst(ordered, text).slice(0, familiesMax);
}

/** "without rain", "no wind". */
function isDenied(text: string, at: number): boolean {
  return /\b(?:no|not|without|minus)\s+(?:\w+\s+)?$/.test(text.slice(Math.max(0, at - 24), at));
}

/** A click named beside a louder sound ("a shot with a mechanical click") comes before it, unless told "then". */
function preparationFirst(ordered: Family[], text: string): Family[] {
  if (sequenceWords.test(text)) return ordered;
  const isPreparation = (family: Family) => family.name === 'click';
  return [...ordered.filter(isPreparation), ...ordered.filter((family) => !isPreparation(family))];
}

function readTraits(text: string): Reading['traits'] {
  const balance = (more: RegExp, less: RegExp) => Number(more.test(text)) - Number(less.test(text));
  const size = balance(
    /\b(?:big|huge|large|massive|giant|heavy|deep|enormous|low|colossal|epic)\b/,
    /\b(?:small|tiny|little|light|short|miniature|high-?pitched|thin|quick)\b/,
  );
  const speed = balance(
    /\b(?:fast|quick|rapid|running|hurried|racing|frantic)\b/,
    /\b(?:slow|slowly|gentle|calm|lazy|idle)\b/,
  );
  const force = balance(
    /\b(?:loud|heavy|violent|strong|intense|powerful|hard|fierce|roaring|aggressive)\b/,
    /\b(?:soft|softly|quiet|gentle|light|faint|subtle|calm|distant)\b/,
  );
  return {
    size: 0.5 + 0.32 * size,
    speed: 2 ** (speed * 0.65),
    force: 0.55 + 0.4 * force,
    material: readMaterial(text),
    direction: /rising|ascend|accelerat|revving|speeding up|building|riser|\bup\b|take-?off/.test(text)
      ? 'rising'
      : /falling|descend|decelerat|slowing|dying|power(?:ing)? down|\bdown\b|fading/.test(text)
        ? 'falling'
        : 'steady',
  };
}

function readMaterial(text: string): Material {
  if (/metal|steel|iron|tin\b|anvil|clang|brass|sword/.test(text)) return 'metal';
  if (/wood|plank|timber|\bdoor/.test(text)) return 'wood';
  if (/glass|crystal|ceramic/.test(text)) return 'glass';
  return /stone|rock|concrete|gravel|brick|marble/.test(text) ? 'stone' : 'plain';
}
