import { referenceMark } from './marks.ts';

/** A list of things that one clause wants: `a cat, a dog and a fox`. */
interface Listed {
  /** The description, without what it is to be a picture or film of. */
  words: string;
  /** How many are wanted; 1 where no number was said. */
  count: number;
  /** Whether a colon stands before it: `three pictures: …`. */
  isAnnounced: boolean;
}

const separator = /\s*,\s*(?:and\s+)?|\s+and\s+|\s*&\s*/gi;
/** A thing of a list begins anew: `a cat`, and not `cats`, nor `the cat`, which belongs to another. */
const item = /^(?:an?|one|another)\s+(\S.*)$/i;
/** Things that are seen together are one picture. */
const together =
  /\b(?:together|each other|one another|side by side|next to|playing|fighting|dancing|talking|facing|holding hands|in (?:one|the same|a single))\b/i;
/** Behind these, `and` goes on with the same thing: `a man with a hat and a stick`. */
const carrying = /\b(?:with|holding|wearing|carrying|having|between|plus)\b/i;
/** Where or how things are seen holds for all of them, where it says so, or where only the last one says it. */
const scene = String.raw`(?:in|on|at|under|near|by|against)\s.+`;
const ofAll = new RegExp(
  String.raw`,\s*(?:all|each|both|${referenceMark})(?:\s+(?:done|made|set|painted|drawn|shot))?\s+(${scene})$`,
  'i',
);
const ofOne = new RegExp(String.raw`\s(${scene})$`, 'i');
const adjectives = new Set(
  (
    'red blue green yellow orange purple violet pink brown black white grey gray gold golden silver turquoise beige ' +
    'dark light bright big small large tiny huge giant little tall short long round square old young new modern ' +
    'ancient vintage happy sad angry sleepy calm wild wooden metal stone glass striped spotted fluffy shiny rusty'
  ).split(' '),
);

/**
 * The things of a list, each to be seen by itself; null where it is no list, or one of things that are seen together. What
 * comes last may belong to all: `a red and a green car`, `a cat and a dog in the snow`.
 */
export function splitList({ words, count, isAnnounced }: Listed): string[] | null {
  const shared = ofAll.exec(words);
  const things = words.slice(0, shared?.index ?? words.length).split(separator);
  const others = things.slice(0, -1);
  const last = things.at(-1) ?? '';
  if (others.length === 0 || (count > 1 && count !== things.length)) return null;
  if (!things.every((thing) => item.test(thing)) || together.test(words)) return null;
  if (others.some((thing) => carrying.test(thing))) return null;
  const isOneAct = !isAnnounced && /\b[a-z]{3,}ing\b/i.test(last);
  if (isOneAct) return null;
  const isToldOfAll = shared === null && !others.some((thing) => ofOne.test(thing));
  const told = isToldOfAll ? ofOne.exec(last) : null;
  const tail = shared?.[1] ?? told?.[1];
  const bare = withNoun([...others, last.slice(0, told?.index ?? last.length)]);
  return tail === undefined ? bare : bare.map((thing) => `${thing} ${tail}`);
}

/** `a red`, `a blue`, `a green car` → `a red car`, `a blue car`, `a green car`. */
function withNoun(things: readonly string[]): string[] {
  const isAdjective = (word: string) => adjectives.has(word.toLowerCase());
  const last = wordsOf(things.at(-1) ?? '');
  const first = last.findIndex((word) => !isAdjective(word));
  // An orange, a banana and an apple are no adjectives of an apple.
  if (first < 1) return [...things];
  const noun = last.slice(first).join(' ');
  return things.map((thing) => (wordsOf(thing).every(isAdjective) ? `${thing} ${noun}` : thing));
}

function wordsOf(thing: string): string[] {
  return (item.exec(thing)?.[1] ?? '').split(/\s+/);
}
