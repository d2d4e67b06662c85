import { isDeepStrictEqual } from 'node:util';
import { fits } from '../fits.ts';
import type { InputIssue } from '../errors.ts';
import { MediaInput, type MediaReference } from '../media/media-input.ts';
import type { MediaKind, StagedMedia } from '../media/staged-media.ts';
import { acceptedMimeTypes, type MediaSlot, slotNames } from './media-slot.ts';

/** What a request puts in one slot. */
export interface RequestedMedia {
  /** JSON pointer of the field that was used, or of the slot's own name where none was. */
  pointer: string;
  references: MediaReference[];
  issues: InputIssue[];
}

/**
 * Reads one slot from an input under whichever of its names the client used.
 * @param isBroken fields whose schema issues are reported already
 */
export function requestedMedia(
  entry: { name: string; slot: MediaSlot },
  input: Record<string, unknown>,
  isBroken: (field: string) => boolean,
): RequestedMedia {
  const { name, slot } = entry;
  const [used, ...others] = slotNames(name, slot).filter((alias) => Object.hasOwn(input, alias));
  if (used === undefined) {
    const pointer = `/input/${name}`;
    const issues = slot.required ? [missing(name, slot)] : [];
    return { pointer, references: [], issues };
  }
  const pointer = `/input/${used}`;
  const issues = others
    .filter((alias) => !isDeepStrictEqual(input[alias], input[used]))
    .map((alias) => ({
      path: `/input/${alias}`,
      message: `is another name for \`${used}\`, which is given too: leave one of them out.`,
      allowed: [used, alias],
    }));
  if (isBroken(used)) return { pointer, references: [], issues };
  const references = referencesOf(slot, input[used], pointer);
  return { pointer, references, issues: [...issues, ...references.flatMap(referenceIssues)] };
}

function missing(name: string, slot: MediaSlot): InputIssue {
  const names = slotNames(name, slot);
  const what = slot.list ? `a list of ${slot.list.countMin} to ${slot.list.countMax} files` : 'a file';
  return { path: `/input/${name}`, message: `is required: ${what}.`, allowed: names };
}

function referencesOf(slot: MediaSlot, value: unknown, pointer: string): MediaReference[] {
  const inputs: unknown[] = Array.isArray(value) ? value : [value];
  return inputs.map((input, index) => {
    if (!fits(MediaInput, input)) throw new Error(`${pointer} passed its schema but is no file.`);
    return {
      pointer: slot.list ? `${pointer}/${index}` : pointer,
      kind: slot.kind,
      input,
      stem: slot.list ? `${slot.stem}-${index + 1}` : slot.stem,
      ...(slot.durationSecondsMax === undefined ? {} : { durationSecondsMax: slot.durationSecondsMax }),
    };
  });
}

function referenceIssues(reference: MediaReference): InputIssue[] {
  const { input, kind, pointer } = reference;
  const [source, path] =
    typeof input === 'string' ? [input, pointer] : [input.dataBase64, `${pointer}/dataBase64`];
  if (source.startsWith('data:')) return dataUriIssues(source, kind, path);
  if (typeof input === 'string' && !input.startsWith('/files/') && !URL.canParse(input))
    return [{ path, message: 'is not a valid URL.' }];
  return [];
}

function dataUriIssues(uri: string, kind: MediaKind, path: string): InputIssue[] {
  const mimeType = /^data:([^;,]*)/.exec(uri)?.[1]?.toLowerCase() ?? '';
  const accepted: readonly string[] = acceptedMimeTypes[kind];
  if (mimeType === '' || accepted.includes(mimeType)) return [];
  const message = `is a data URI of type ${JSON.stringify(mimeType.slice(0, 64))}, not ${kind}.`;
  return [{ path, message, allowed: accepted }];
}

/** The staged file of each reference. @throws Error when one wasn't staged, which is a fault of the caller. */
export function stagedFiles(
  references: readonly MediaReference[],
  staged: ReadonlyMap<string, StagedMedia>,
): StagedMedia[] {
  return references.map(({ pointer }) => {
    const media = staged.get(pointer);
    if (!media) throw new Error(`${pointer} was not staged.`);
    return media;
  });
}
