import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { type InputIssue, InvalidInput } from '../errors.ts';
import { findTask } from '../tasks/registry.ts';
import type { Uploads, UploadFolder } from '../storage/uploads.ts';
import { parseJsonObject } from './parse-json.ts';
import { type ReceivedForm, receiveForm } from './receive-form.ts';
import type { ReceiveOptions } from './receive-text.ts';
import { pathOf } from './request-target.ts';

/** Reads the forms that some routes take besides JSON: `-F task=image.edit -F sourceImage=@photo.jpg`. */
export interface FormBodies {
  takes(request: Request): boolean;
  /** The form as the JSON body that says the same. @throws what `receiveForm` throws, InvalidInput, Unauthorized */
  read(request: Request, options: ReceiveOptions): Promise<object>;
  /** Deletes a request's files, once it is answered. */
  discard(request: Request): void;
}

/** A way of writing forms, and the paths whose clients write so. */
export interface FormReader {
  paths: ReadonlySet<string>;
  /** @throws InvalidInput, Malformed */
  bodyOf: (form: ReceivedForm) => object;
}

const mediaForms: FormReader = { paths: new Set(['/api/v1/media/jobs', '/api/v1/media/quote']), bodyOf };
const textFields = ['task', 'input', 'priority', 'webhookUrl', 'idempotencyKey', 'maxAmountMicros'];

/** For the OpenAPI document. */
export const formSchema = {
  type: 'object',
  description:
    'The same as JSON, with files: each part with a file name is named by the input field that it is for, ' +
    'several parts of one name make a list, and `input` holds the other fields as JSON.',
  required: ['task'],
  properties: Object.fromEntries(textFields.map((name) => [name, { type: 'string' }])),
  additionalProperties: { type: 'string', contentMediaType: 'application/octet-stream' },
};

export function createFormBodies(uploads: Uploads, others: readonly FormReader[] = []): FormBodies {
  const folders = new WeakMap<Request, UploadFolder>();
  const readerOf = (request: Request) =>
    [mediaForms, ...others].find(({ paths }) => paths.has(pathOf(request)));
  return {
    takes: (request) => readerOf(request) !== undefined,
    async read(request, options) {
      options.assertKey(request);
      const folder = await uploads.open();
      folders.set(request, folder);
      const form = await receiveForm(request, folder, options);
      return (readerOf(request) ?? mediaForms).bodyOf(form);
    },
    discard(request) {
      void folders.get(request)?.discard();
    },
  };
}

/**
 * `input` is the JSON of the task's input without its files; each file is named by the field it is for, several
 * of one name are a list.
 * @throws InvalidInput parts that are neither; Malformed where `input` is no JSON object
 */
export function bodyOf({ fields, files }: ReceivedForm): object {
  const body = new Map<string, string>();
  const issues: InputIssue[] = [];
  for (const { name, text } of fields) {
    if (!textFields.includes(name)) issues.push(unknownField(name));
    else if (body.has(name)) issues.push({ path: `/${name}`, message: 'is given more than once.' });
    else body.set(name, text);
  }
  const input = new Map<string, unknown>(Object.entries(parseJsonObject(body.get('input') ?? '{}')));
  const given = new Set(input.keys());
  const schema = findTask(body.get('task') ?? '')?.inputSchema;
  for (const { name, url } of files) {
    const path = `/input/${name}`;
    const place = filePlace(new Map(Object.entries(schema?.properties ?? {})).get(name), url);
    if (given.has(name)) issues.push({ path, message: 'is given both as a file and in `input`.' });
    else if (place === 'none') issues.push({ path, message: 'is no field for a file.' });
    else if (place === 'list') input.set(name, [input.get(name) ?? [], url].flat());
    else if (input.has(name)) issues.push({ path, message: 'takes one file.' });
    else input.set(name, url);
  }
  if (issues.length > 0) throw new InvalidInput(issues);
  return { ...Object.fromEntries(body), ...amountOf(body), input: Object.fromEntries(input) };
}

/** A form holds texts alone. What is no number stays one, for the schema to refuse. */
function amountOf(body: ReadonlyMap<string, string>): { maxAmountMicros?: number } {
  const text = body.get('maxAmountMicros') ?? '';
  return /^\d{1,15}$/.test(text) ? { maxAmountMicros: Number(text) } : {};
}

/** A field for files takes URLs, but not any text. What no task has is left to the task's own check. */
function filePlace(schema: TSchema | undefined, url: string): 'one' | 'list' | 'none' {
  if (!schema) return 'one';
  const takes = (make: (text: string) => unknown) =>
    Value.Check(schema, make(url)) && !Value.Check(schema, make('text'));
  if (takes((text) => text)) return 'one';
  return takes((text) => [text]) || takes((text) => [text, text]) ? 'list' : 'none';
}

function unknownField(name: string): InputIssue {
  const message = `is not a field of the form: what belongs to the task goes into \`input\`, as JSON.`;
  return { path: `/${name}`, message, allowed: textFields };
}
