/** A word as it stands in the transcript. */
export interface TranscriptWord {
  text: string;
  lineIndex: number;
}

export interface TranscriptLine {
  text: string;
  /** Of {@link Transcript.sections}; null before the first tag. */
  sectionIndex: number | null;
  /** Of {@link Transcript.words}. */
  wordIndices: number[];
}

/** A transcript taken apart; its order is the order of what is heard. */
export interface Transcript {
  lines: TranscriptLine[];
  words: TranscriptWord[];
  /** Labels of `[Section]` lines. A section may have no lines, such as an intro. */
  sections: string[];
}

/** A line that is nothing but a tag, e.g. `[Pre-Chorus 2]`. */
const sectionLine = /^\s*\[([^\]]{1,80})\]\s*$/;
const speakable = /[\p{L}\p{N}]/u;
/** Languages written without spaces between words. */
const unspaced = new Set(['zh', 'ja', 'th', 'lo', 'km', 'my', 'yue', 'cmn']);

/** @param language ISO 639-1; decides how lines fall into words */
export function parseTranscript(text: string, language: string): Transcript {
  const transcript: Transcript = { lines: [], words: [], sections: [] };
  for (const rawLine of text.split(/\r\n|\r|\n/)) {
    const label = sectionLine.exec(rawLine)?.[1]?.trim();
    if (label) transcript.sections.push(label);
    else addLine(transcript, rawLine.trim(), language);
  }
  return transcript;
}

function addLine(transcript: Transcript, text: string, language: string): void {
  const words = splitWords(text, language);
  if (words.length === 0) return;
  const lineIndex = transcript.lines.length;
  const first = transcript.words.length;
  transcript.words.push(...words.map((word) => ({ text: word, lineIndex })));
  transcript.lines.push({
    text,
    sectionIndex: transcript.sections.length > 0 ? transcript.sections.length - 1 : null,
    wordIndices: words.map((_, offset) => first + offset),
  });
}

/** Bare punctuation is no word: a dash between spaces is dropped. */
function splitWords(line: string, language: string): string[] {
  if (!unspaced.has(language)) return line.split(/\s+/).filter((token) => speakable.test(token));
  const segmenter = new Intl.Segmenter(language, { granularity: 'word' });
  return [...segmenter.segment(line)].map(({ segment }) => segment).filter((word) => speakable.test(word));
}
