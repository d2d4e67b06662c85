import { expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { inputIssues } from './input-issues.ts';
import { text } from './text-field.ts';

function messageOf(schema: Parameters<typeof inputIssues>[0], value: unknown) {
  const [issue] = inputIssues(Type.Object({ field: schema }), { field: value }, '');
  return issue?.message;
}

test.each([
  ['a pattern', Type.String({ pattern: '^a+$', maxLength: 9 }), 'b', 'text that matches ^a+$, not "b"'],
  [
    'a pattern in words',
    Type.String({ pattern: '^a', 'x-expects': 'a word with a' }),
    'b',
    'a word with a, not "b"',
  ],
  ['a least length', Type.String({ minLength: 2 }), 'b', 'text of at least 2 characters, not "b"'],
  ['no bound', Type.String(), 5, 'text, not 5'],
  ['a number of a query', t.Integer({ minimum: 1 }), 'x', 'a whole number of at least 1, not "x"'],
  [
    'a whole number of a query',
    t.Numeric({ minimum: 1, maximum: 100, multipleOf: 1 }),
    'x',
    'a whole number from 1 to 100, not "x"',
  ],
  ['null', Type.Union([Type.Boolean(), Type.Null()]), 5, 'true or false or null, not 5'],
  [
    'blanks around a text',
    text({ charactersMin: 40, charactersMax: 60, description: '' }),
    `${' '.repeat(50)}abc`,
    'text of 40 to 60 characters that is not blank, not text of 53 characters (3 without the white space around it)',
  ],
])('%s is explained', (_, schema, value, words) => {
  expect(messageOf(schema, value)).toBe(`must be ${words}.`);
});

test('characters are code points', () => {
  const schema = text({ charactersMin: 2, charactersMax: 3, description: '' });
  expect(messageOf(schema, '😀')).toContain('text of 2 to 3');
  expect(messageOf(schema, '😀😀😀')).toBeUndefined();
  expect(messageOf(schema, '😀😀😀😀')).toContain('text of 2 to 3');
});

test('the range of a query number is listed as allowed', () => {
  const schema = Type.Object({ limit: t.Numeric({ minimum: 1, maximum: 100, multipleOf: 1 }) });
  expect(inputIssues(schema, { limit: 'x' }, '')).toMatchObject([{ path: '/limit', allowed: ['1..100'] }]);
});

test('an empty object is told which fields it could have', () => {
  const schema = Type.Object({ code: Type.Optional(Type.String()), token: Type.Optional(Type.String()) });
  const issues = inputIssues({ ...schema, minProperties: 1 }, {}, '');
  expect(issues).toEqual([{ path: '', message: 'needs one of code, token.', allowed: ['code', 'token'] }]);
});
