import { type Draft, type Target, targetOf } from './draft.ts';
import type { Media, Reference } from './references.ts';

/** What a wish's words point at, or what would have to be asked. */
export type Found = { targets: Target[]; isPlural: boolean } | { missing: 'none' | 'several' };

/**
 * The files of one kind that a wish is about: those that it names, else what was made last in this plan, else the
 * only one of the project.
 */
export function findTargets(
  draft: Draft,
  references: readonly Reference[],
  options: { media: Media; words?: string },
): Found {
  const { media, words = '' } = options;
  const found = references.map((reference) => resolve(draft, reference, media)).filter((one) => one !== null);
  const unclear = found.find((one) => 'missing' in one);
  // `use cat.png and animate it` leaves no question.
  const isFileNamed = references.some(
    (reference) => reference.kind === 'file' && reference.file.kind === media,
  );
  if (unclear && !isFileNamed) return unclear;
  const named = found.flatMap((one) => ('targets' in one ? [one] : []));
  const targets = unique(named.flatMap((one) => one.targets));
  if (targets.length > 0) return { targets, isPlural: named.some(({ isPlural }) => isPlural) };
  // `make the video darker` is about no picture.
  return references.some((reference) => isOther(reference, media))
    ? { missing: 'none' }
    : unnamed(draft, media, words);
}

function isOther(reference: Reference, media: Media): boolean {
  if (reference.kind === 'file') return reference.file.kind !== media;
  return reference.kind === 'noun' && reference.media !== null && reference.media !== media;
}

/** Everything of one kind, what the plan makes before what is there. */
export function everything(draft: Draft, media: Media): Target[] {
  const made = draft.made.filter((target) => target.media === media);
  return [...made, ...filesOf(draft, media)];
}

function filesOf(draft: Draft, media: Media): Target[] {
  return draft.files.filter(({ kind }) => kind === media).map(targetOf);
}

/** Null where the reference is to something of another kind. */
function resolve(draft: Draft, reference: Reference, media: Media): Found | null {
  if (reference.kind === 'file') {
    if (reference.file.kind !== media) return null;
    return { targets: [targetOf(reference.file)], isPlural: false };
  }
  const made = draft.made.filter((target) => target.media === media);
  const files = filesOf(draft, media);
  if (reference.kind === 'pronoun') {
    const focus = draft.focus.filter((target) => target.media === media);
    const pool = [focus, made, files].find(({ length }) => length > (reference.isPlural ? 1 : 0));
    if (!pool) return null;
    return reference.isPlural ? { targets: pool, isPlural: true } : single(pool, pool === files);
  }
  if (reference.media !== null && reference.media !== media) return null;
  const { isPlural, isUploaded, place, count } = reference;
  const pool =
    isUploaded || made.length === 0 || (place === null && isPlural && made.length < 2) ? files : made;
  if (pool.length === 0) return null;
  if (isPlural) return { targets: count === null ? pool : pool.slice(-count), isPlural: true };
  if (place === 'last') return { targets: pool.slice(-1), isPlural: false };
  if (place !== null) {
    const chosen = pool.slice(place - 1, place);
    return chosen.length > 0 ? { targets: chosen, isPlural: false } : { missing: 'none' };
  }
  return single(pool, pool === files);
}

/** Of what the plan makes, the last is meant; of files, somebody must say which. */
function single(pool: readonly Target[], isChoice: boolean): Found {
  if (isChoice && pool.length > 1) return { missing: 'several' };
  return { targets: pool.slice(-1), isPlural: false };
}

function unnamed(draft: Draft, media: Media, words: string): Found {
  const made = draft.made.filter((target) => target.media === media);
  const spokenOf = made.filter(({ title }) => sharesName(title, words));
  if (spokenOf.length > 0) return { targets: spokenOf.slice(-1), isPlural: false };
  if (made.length > 0) return { targets: made.slice(-1), isPlural: false };
  const files = filesOf(draft, media);
  if (files.length === 0) return { missing: 'none' };
  return single(files, true);
}

/** `animate the dog` is about the picture of a dog. */
function sharesName(title: string, words: string): boolean {
  const names = [...words.matchAll(/\bthe\s+([\p{L}]{3,})/giu)].map(([, name = '']) => name.toLowerCase());
  return names.some((name) => new RegExp(String.raw`\b${name}s?\b`, 'iu').test(title));
}

function unique(targets: readonly Target[]): Target[] {
  const seen = new Map(targets.map((target) => [JSON.stringify(target.file), target]));
  return [...seen.values()];
}
