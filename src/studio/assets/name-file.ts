const stemCharactersMax = 80;
export const titleCharactersMax = 200;

/** What a person called a file, without what stands before its name and its ending. */
export function stemOf(name: string): string {
  const bare = name.split(/[/\\]/).at(-1) ?? '';
  return bare.replace(/\.[A-Za-z0-9]{1,5}$/, '');
}

/** A name that means the same on every file system and in every URL, as close to the given words as that can be. */
export function safeFilename(words: string, extension: string): string {
  const stem = words
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, stemCharactersMax)
    .replace(/[^A-Za-z0-9]+$/, '');
  return `${stem || 'file'}.${extension}`;
}

/** A title, where nobody gave one: the words that there are, in one line. */
export function titleOf(words: string, otherwise: string): string {
  const line = words
    .toWellFormed()
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim();
  const cut = line.slice(0, titleCharactersMax).replace(/[\uD800-\uDBFF]$/, '');
  return cut.trim() || otherwise;
}
