import type { Task } from '../../tasks/task.ts';
import { jsonObjectSchema } from './tool.ts';
import { toolName } from './task-tools.ts';

/** What a task does and takes, as Markdown. */
export function describeTask({ name, title, summary, example, inputSchema }: Task): string {
  const json = (value: unknown) => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
  return [
    `# ${title}`,
    summary,
    `The task is \`${name}\`; its tool is \`${toolName(name)}\`.`,
    '## Example of its input',
    json(example),
    '## Its input',
    json(jsonObjectSchema(inputSchema)),
    '',
  ].join('\n\n');
}
