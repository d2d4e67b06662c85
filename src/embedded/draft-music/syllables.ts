export type Vowel = 'a' | 'e' | 'i' | 'o' | 'u';

/** How a syllable begins: what its consonant sounds like. */
export type Onset = 'none' | 'soft' | 'plosive' | 'hiss';

export interface Syllable {
  vowel: Vowel;
  onset: Onset;
}

const syllablesPerLineMax = 48;
const oneSyllableScripts = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/u;

/**
 * Splits a lyric line into sung syllables: groups of vowels in alphabets, one a character in Chinese, Japanese kana
 * and Korean. A guess from spelling, good enough to place notes.
 */
export function splitSyllables(line: string): Syllable[] {
  const words = line
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .normalize('NFC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  return words.flatMap(splitWord).slice(0, syllablesPerLineMax);
}

function splitWord(word: string): Syllable[] {
  if (oneSyllableScripts.test(word)) return Array.from(word, (character) => fromCode(character));
  if (!/[a-z]/.test(word)) return splitOtherAlphabet(word);
  // A final silent e ("stone") is no syllable, a final "-le" after a consonant ("table") is.
  const spoken = /[^aeiouy]e$/.test(word) && !/[^aeiouy]le$/.test(word) ? word.slice(0, -1) : word;
  const groups = [...spoken.matchAll(/([^aeiouy]*)([aeiouy]+)/g)];
  if (groups.length === 0) return [{ vowel: 'e', onset: onsetOf(word) }];
  return groups.map(([, consonants = '', vowels = '']) => ({
    vowel: vowelOf(vowels),
    onset: onsetOf(consonants.slice(-2)),
  }));
}

/** Cyrillic and Greek have vowels of their own; elsewhere about two letters make a syllable. */
function splitOtherAlphabet(word: string): Syllable[] {
  const vowels = word.match(/[аеёиоуыэюяіїєαεηιουω]/gu)?.length;
  const count = vowels ?? Math.ceil(word.length / 2);
  return Array.from({ length: count }, (_, i) => fromCode(word[i] ?? 'a'));
}

function fromCode(character: string): Syllable {
  const code = character.codePointAt(0) ?? 0;
  const vowels: readonly Vowel[] = ['a', 'e', 'i', 'o', 'u'];
  const onsets: readonly Onset[] = ['soft', 'plosive', 'hiss', 'none'];
  return { vowel: vowels[code % 5] ?? 'a', onset: onsets[Math.floor(code / 5) % 4] ?? 'soft' };
}

function vowelOf(letters: string): Vowel {
  if (/^(oo|ou|ue|u)/.test(letters)) return 'u';
  if (/^(ee|ea|ie|i|y)/.test(letters)) return 'i';
  if (letters.startsWith('e')) return 'e';
  if (letters.startsWith('o')) return 'o';
  return 'a';
}

function onsetOf(consonants: string): Onset {
  if (/[szxc]|sh|ch|f$|h$/.test(consonants)) return 'hiss';
  if (/[ptkbdgq]/.test(consonants)) return 'plosive';
  return consonants === '' ? 'none' : 'soft';
}
