/** The image formats a client may ask for. */
export const imageFormats = ['webp', 'png', 'jpg'] as const;
export type ImageFormat = (typeof imageFormats)[number];

/** The audio formats a client may ask for. */
export const audioFormats = ['mp3', 'opus', 'wav', 'flac'] as const;
export type AudioFormat = (typeof audioFormats)[number];

export const imageMimeTypes: Record<ImageFormat, string> = {
  webp: 'image/webp',
  png: 'image/png',
  jpg: 'image/jpeg',
};

export const audioMimeTypes: Record<AudioFormat, string> = {
  mp3: 'audio/mpeg',
  opus: 'audio/ogg',
  wav: 'audio/wav',
  flac: 'audio/flac',
};

/** Written into the metadata of a finished file that isn't a draft. */
export function engineComment(engine: string): string {
  return `Made by the Killa Tamata engine ${engine}.`;
}

/** Written into the metadata of every file that an embedded engine makes. */
export const draftComment = 'Draft made by a Killa Tamata embedded engine, without a model.';
