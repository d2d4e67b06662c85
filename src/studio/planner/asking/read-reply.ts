import { Value } from '@sinclair/typebox/value';
import { fits } from '../../../fits.ts';
import { findTask } from '../../../tasks/registry.ts';
import type { PlannedReply } from '../planner.ts';
import { ModelReply } from './reply-schema.ts';

/** @returns what a model answered, or what is wrong with it in a sentence that the model is told */
export function readReply(answer: unknown): PlannedReply | { problem: string } {
  const value = typeof answer === 'string' ? firstObject(answer) : answer;
  if (value === undefined) return { problem: 'There is no whole JSON object in the answer.' };
  if (!fits(ModelReply, value)) {
    const first = Value.Errors(ModelReply, value).First();
    return { problem: `${first?.path || 'The answer'}: ${first?.message ?? 'has the wrong shape'}.` };
  }
  const steps = value.steps.map(({ id, title, task, input }) => ({
    ...{ id, task, input },
    title: (title?.trim() || findTask(task)?.title || task).slice(0, titleCharactersMax),
  }));
  return { reply: value.reply, steps };
}

const titleCharactersMax = 120;

/** The first whole JSON object of a text, which models like to wrap into thoughts, words and fences. */
export function firstObject(text: string): unknown {
  const words = text.replace(/^[\s\S]*<\/think>/, '');
  for (let start = words.indexOf('{'); start >= 0; start = words.indexOf('{', start + 1)) {
    const end = endOfObject(words, start);
    if (end === undefined) return undefined;
    const parsed = parse(words.slice(start, end));
    if (parsed !== undefined) return parsed;
  }
  return undefined;
}

/** Behind the brace that closes the one at `start`; undefined where none does. */
function endOfObject(text: string, start: number): number | undefined {
  let depth = 0;
  let isInText = false;
  for (let at = start; at < text.length; at++) {
    const sign = text[at];
    if (isInText && sign === '\\') at++;
    else if (sign === '"') isInText = !isInText;
    else if (!isInText && sign === '{') depth++;
    else if (!isInText && sign === '}' && --depth === 0) return at + 1;
  }
  return undefined;
}

function parse(json: string): unknown {
  try {
    const value: unknown = JSON.parse(json);
    return value;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
