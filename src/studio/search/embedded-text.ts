/** What is known of an asset in words. */
export interface AssetWords {
  kind: string;
  title: string;
  tags: readonly string[];
  note: string;
  prompt: string;
  /** The beginning of its text, where it is one. */
  text: string;
}

/** The model reads 256 tokens, which are seldom more letters than this. */
export const textCharactersMax = 2000;

/** What of an asset its vector is made from: the most telling first, as the end may be cut off. */
export function embeddedText({ kind, title, tags, note, prompt, text }: AssetWords): string {
  return [`${kind}: ${title}`, tags.join(', '), prompt, note, text]
    .filter((part) => part !== '')
    .join('\n')
    .slice(0, textCharactersMax)
    .toWellFormed();
}
