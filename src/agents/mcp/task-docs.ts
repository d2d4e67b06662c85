import { plainSchema } from '../../tasks/plain-schema.ts';
import type { Task } from '../../tasks/task.ts';
import { toolName } from './task-tools.ts';

/** Our own keywords: what they say is said by the schema or its description too. */
const ownKeyword = /^x-/;

/** What a task does and takes, with every name and form of its fields, as Markdown. */
export function describeTask({ name, title, summary, example, inputSchema }: Task): string {
  const told = (key: string, value: unknown) => (ownKeyword.test(key) ? undefined : value);
  const json = (value: unknown) => `\`\`\`json\n${JSON.stringify(value, told, 2)}\n\`\`\``;
  return [
    `# ${title}`,
    summary,
    `The task is \`${name}\`; its tool is \`${toolName(name)}\`.`,
    '## Example of its input',
    json(example),
    '## Its input',
    json(plainSchema(inputSchema)),
    '',
  ].join('\n\n');
}
