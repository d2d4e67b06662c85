const stemCharactersMax = 80;
export const titleCharactersMax = 200;

/** What a person called a file, without what stands before its name and its ending. */
function stemOf(name: string): string {
  const bare = name.split(/[/\\]/).at(-1) ?? '';
  return bare.replace(/\.[A-Za-z0-9]{1,5}$/, '');
}

/** A name that means the same on every file system and in every URL, as close to the given one as that can be. */
export function safeFilename(name: string, extension: string): string {
  const stem = stemOf(name)
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, stemCharactersMax)
    .replace(/[^A-Za-z0-9]+$/, '');
  return `${stem || 'file'}.${extension}`;
}

/** A title, where nobody gave one: the file's name as a person wrote it. */
export function titleOf(name: string, otherwise: string): string {
  const stem = stemOf(name).toWellFormed().replaceAll(/\p{C}+/gu, ' ').trim();
  return [...stem].slice(0, titleCharactersMax).join('').trim() || otherwise;
}
