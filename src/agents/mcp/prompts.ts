import type { GetPromptResult, ListPromptsResult } from '@modelcontextprotocol/server';
import { InvalidInput, NotFound } from '../../errors.ts';
import { tasks } from '../../tasks/registry.ts';
import { toolName } from './task-tools.ts';

const name = 'make_media';
const wish = { name: 'wish', description: 'What is to be made, in your words.', required: true };

/** What a person may start a conversation with. */
export const prompts: ListPromptsResult = {
  prompts: [
    {
      name,
      title: 'Make media',
      description: 'From a wish to files: chooses the tools, tells the price before it spends.',
      arguments: [wish],
    },
  ],
};

/** @throws NotFound, InvalidInput */
export function getPrompt(asked: {
  name: string;
  arguments?: Record<string, string> | undefined;
}): GetPromptResult {
  if (asked.name !== name) throw new NotFound(`The prompt ${asked.name.slice(0, 100)}`);
  const wanted = asked.arguments?.[wish.name]?.trim() ?? '';
  if (wanted === '') throw new InvalidInput([{ path: `/${wish.name}`, message: 'is required.' }]);
  const text = `Make this on Killa Tamata: ${wanted}

These tools make media:
${[...tasks.values()].map((task) => `- ${toolName(task.name)}: ${task.summary}`).join('\n')}

Choose what is needed. For one file, ask quote; for several that build on each other, plan_jobs. Tell me the price and wait for my yes, unless it is $0. Then call the tool with the quoted maxAmountMicros, or execute_plan, wait until all has ended, and give me the links. Say so where a result is a draft.`;
  return {
    description: `Make: ${wanted.slice(0, 100)}`,
    messages: [{ role: 'user', content: { type: 'text', text } }],
  };
}
