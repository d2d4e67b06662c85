import { type InputIssue, InvalidInput } from '../../errors.ts';
import { isPlainObject } from '../../tasks/input-issues.ts';

/** A form's parts; a file's `url` stands for it in an input, see `Uploads`. */
interface Form {
  fields: readonly { name: string; text: string }[];
  files: readonly { name: string; url: string }[];
}

const fileFields = new Set(['image', 'mask', 'markup', 'file', 'input_reference']);
/** A form holds texts alone; these are meant as something else. */
const numberFields = new Set(['n', 'seed', 'partial_images', 'output_compression', 'temperature']);
const booleanFields = new Set(['stream']);

const binary = { type: 'string', contentMediaType: 'application/octet-stream' };
const describe = (description: string, files: object, required: readonly string[]) => ({
  ...{ type: 'object', description, required },
  properties: files,
  additionalProperties: { type: 'string' },
});

/** Forms as OpenAI's clients write them: `image[]` is one of a list, `input_reference[image_url]` a member. */
export const openAiForms = {
  paths: new Set(['/v1/images/edits', '/v1/audio/transcriptions', '/v1/videos']),
  bodyOf,
  /** For the OpenAPI document, by path. */
  schemas: {
    '/v1/images/edits': describe(
      'The fields of the JSON body; `image[]` more than once where there are several.',
      { 'image[]': { type: 'array', items: binary } },
      ['image[]', 'prompt'],
    ),
    '/v1/audio/transcriptions': describe(
      'The fields of the JSON body, and the recording.',
      { file: binary },
      ['file'],
    ),
    '/v1/videos': describe('The fields of the JSON body, and the first frame.', { input_reference: binary }, [
      'prompt',
    ]),
  },
};

/** The form as the JSON body that says the same. @throws InvalidInput fields twice, files where none belong */
function bodyOf({ fields, files }: Form): object {
  const body = new Map<string, unknown>();
  const issues: InputIssue[] = [];
  for (const { name, text } of fields) {
    const [, field = name, member] = /^([^[\]]+)(?:\[([^[\]]*)\])?$/.exec(name) ?? [];
    if (!add(body, { field, member }, valueOf(field, text))) issues.push(twice(field));
  }
  for (const { name, url } of files) {
    const [, field = name, isListed] = /^([^[\]]+)(\[\d*\])?$/.exec(name) ?? [];
    if (!fileFields.has(field)) issues.push({ path: `/${field}`, message: 'is no field for a file.' });
    // Several files of one name are a list, whether the name says so or not.
    else if (isListed || (field === 'image' && body.has(field))) {
      body.set(field, [body.get(field) ?? [], url].flat());
    } else if (!add(body, { field }, url)) issues.push(twice(field));
  }
  if (issues.length > 0) throw new InvalidInput(issues);
  return Object.fromEntries(body);
}

/** @returns false where it is there already */
function add(
  body: Map<string, unknown>,
  { field, member }: { field: string; member?: string | undefined },
  value: unknown,
): boolean {
  const before = body.get(field);
  if (member === undefined) {
    if (body.has(field)) return false;
    body.set(field, value);
  } else if (/^\d*$/.test(member)) {
    body.set(field, [before ?? [], value].flat());
  } else {
    const inner = isPlainObject(before) ? before : {};
    if (Object.hasOwn(inner, member) || (before !== undefined && !isPlainObject(before))) return false;
    body.set(field, Object.fromEntries([...Object.entries(inner), [member, value]]));
  }
  return true;
}

function twice(field: string): InputIssue {
  return { path: `/${field}`, message: 'is given more than once.' };
}

/** What is no number stays a text, for the schema to refuse. */
function valueOf(field: string, text: string): unknown {
  if (numberFields.has(field) && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (booleanFields.has(field) && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}
