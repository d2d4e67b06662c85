import { type TSchema, Type } from '@sinclair/typebox';
import type { MediaKind, StagedMedia } from '../media/staged-media.ts';

/**
 * A place for a client's file, or a list of them. A URL may also be the path of one of this appliance's own
 * signed files, `/files/…`. The slot may be named in several ways: by its own name, which takes
 * a URL, a data URI or an inline object, and by aliases, of which those ending in `Url` take a URL or a data
 * URI and those ending in `Urls` a list of URLs.
 */
export interface MediaSlot {
  kind: MediaKind;
  aliases: readonly string[];
  description: string;
  /** Stem of the staged file's name. Files of a list are numbered from 1. */
  stem: string;
  required?: boolean;
  list?: { countMin: number; countMax: number };
  durationSecondsMax?: number;
}

export type MediaSlots = Record<string, MediaSlot>;

/** The staged files of each slot: a list, a file, or null for an optional file that wasn't given. */
export type StagedSlots<Slots extends MediaSlots> = {
  [Name in keyof Slots]: Slots[Name] extends { list: object }
    ? StagedMedia[]
    : Slots[Name] extends { required: true }
      ? StagedMedia
      : StagedMedia | null;
};

/** What a client may call a file's type, by kind. Staging goes by the bytes. */
export const acceptedMimeTypes = {
  image: ['image/png', 'image/jpeg', 'image/jpg', 'image/webp'],
  audio: [
    'audio/ogg',
    'audio/opus',
    'audio/wav',
    'audio/x-wav',
    'audio/wave',
    'audio/mpeg',
    'audio/mp3',
    'audio/flac',
    'audio/x-flac',
    'audio/aac',
    'audio/mp4',
    'audio/webm',
  ],
  video: ['video/mp4', 'video/webm', 'video/quicktime', 'video/x-matroska'],
} as const satisfies Record<MediaKind, readonly string[]>;

/** More than any server takes; a URL is written down with its job. A data URI has the limit of its bytes instead. */
const urlCharactersMax = 4096;
const urlWords = `an http(s) URL of at most ${urlCharactersMax} characters`;

/** Every name of a slot, its own first. */
export function slotNames(name: string, slot: MediaSlot): string[] {
  return [name, ...slot.aliases];
}

/** The input properties of a slot, one a name. All are optional: that a required file is there is a rule. */
export function slotProperties(name: string, slot: MediaSlot): [string, TSchema][] {
  return slotNames(name, slot).map((alias) => {
    const required = slot.required ? ' Required, under one of its names.' : '';
    const description =
      alias === name ? slot.description + required : `The same as \`${name}\`${urlOnlyWords(alias)}.`;
    const file = fileSchema(alias, slot.kind, description);
    const schema = slot.list
      ? Type.Array(file, { minItems: slot.list.countMin, maxItems: slot.list.countMax, description })
      : file;
    return [alias, Type.Optional(schema)];
  });
}

function urlOnlyWords(alias: string): string {
  if (alias.endsWith('Urls')) return ', as http(s) URLs only';
  return alias.endsWith('Url') ? ', as URL or data URI only' : '';
}

function fileSchema(alias: string, kind: MediaKind, description: string): TSchema {
  if (alias.endsWith('Urls')) {
    return Type.String({
      pattern: '^(https?://|/files/)',
      maxLength: urlCharactersMax,
      description,
      'x-expects': urlWords,
    });
  }
  const url = Type.String({
    pattern: `^(data:|(?=[\\s\\S]{0,${urlCharactersMax}}$)(https?://|/files/))`,
    title: 'URL or data URI',
    'x-expects': `${urlWords} or a data URI`,
  });
  if (alias.endsWith('Url')) return { ...url, description };
  return Type.Union([url, inlineSchema(kind)], {
    description,
    'x-expects': `${urlWords}, a data URI, or an inline object {dataBase64, mimeType}`,
  });
}

function inlineSchema(kind: MediaKind) {
  const mimeTypes = acceptedMimeTypes[kind].map((mimeType) => Type.Literal(mimeType));
  return Type.Object(
    {
      dataBase64: Type.String({
        minLength: 1,
        description: 'The file in base64, or a whole data URI.',
        'x-expects': 'the file in base64 or as a data URI',
      }),
      mimeType: Type.Union(mimeTypes, { 'x-expects': `one of ${acceptedMimeTypes[kind].join(', ')}` }),
    },
    { additionalProperties: false, title: 'Inline file' },
  );
}
