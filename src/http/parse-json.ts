import { type InputIssue, InvalidInput, Malformed } from '../errors.ts';

/** The deepest request of the API has four levels; what walks a value may then call itself without fear. */
const levelsMax = 32;
/** The largest has a few hundred values. A million of them, each with an issue of its own, keep others waiting. */
const valuesMax = 10_000;
const pathCharactersMax = 200;
const issuesMax = 100;

/**
 * Reads a request's JSON object. Its extent is bounded before it is parsed, and no text in it holds what
 * programs disagree on: NUL, where C stops reading, and half a character (a lone surrogate), which UTF-8 can't
 * write. Of two members with one name the last counts, here and so everywhere.
 * @throws Malformed no JSON, no object, nested too deeply, or of too many values
 * @throws InvalidInput a list, or texts that are no texts
 */
export function parseJsonObject(text: string): object {
  assertSmall(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Malformed('The body is not valid JSON.', 'malformed_json', cause);
  }
  // A route whose fields are all optional would take a list for an object without any.
  if (Array.isArray(value)) throw new InvalidInput([{ path: '', message: 'must be an object, not a list' }]);
  if (typeof value !== 'object' || value === null) {
    throw new Malformed('The body is JSON, but not an object.', 'malformed_json');
  }
  if (escapesOddCharacters.test(text)) assertPlainTexts(value);
  return value;
}

/** UTF-8 bytes as text. @throws Malformed for bytes that are not UTF-8 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Malformed('The body is not UTF-8.', 'malformed_json', cause);
  }
}

/** Both can only stand in JSON as an escape; most requests hold none and need no walk. */
const escapesOddCharacters = /\\u(?:0000|d[89a-f])/i;

/** @throws Malformed */
function assertSmall(text: string): void {
  let levels = 0;
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfText(text, at);
    else if (character === '}' || character === ']') levels--;
    else if (character === '{' || character === '[') levels++;
    else if (character === ',') values++;
    if (levels > levelsMax) {
      throw new Malformed(`The body is nested more than ${levelsMax} levels deep.`, 'nested_too_deeply');
    }
    if (values > valuesMax) {
      throw new Malformed(`The body has more than ${valuesMax} values.`, 'too_many_values');
    }
  }
}

/** Where the text that begins at `start` ends: its closing quote. A file of many megabytes is one such text. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

/** @throws InvalidInput with every field that holds such a text */
function assertPlainTexts(value: object): void {
  const issues: InputIssue[] = [];
  const look = (part: unknown, path: string) => {
    if (issues.length >= issuesMax) return;
    if (typeof part === 'string' && !isPlain(part)) {
      issues.push({
        path: path.slice(0, pathCharactersMax),
        message: 'must not hold NUL or half a character.',
      });
    }
    if (typeof part !== 'object' || part === null) return;
    for (const [name, inner] of Object.entries(part)) {
      if (isPlain(name)) look(inner, `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
      else issues.push({ path, message: 'must not have a name that holds NUL or half a character.' });
    }
  };
  look(value, '');
  if (issues.length > 0) throw new InvalidInput(issues);
}

function isPlain(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
