import { answer, defineCommand } from '../command.ts';
import { createClient } from '../client.ts';
import { BadUsage, exitCodes } from '../failure.ts';
import { printable, table } from '../format.ts';
import { chooseUrl, readSettings, settingsPath } from '../settings.ts';
import { describeTask, describeTasks, type TaskDescription, typeWords } from '../task-fields.ts';

export const tasks = defineCommand({
  name: 'tasks',
  usage: '[TASK]',
  summary: 'What the appliance makes, or the fields of one task.',
  options: {},
  async run(context, { positionals: [name, ...more] }) {
    if (more.length > 0) throw new BadUsage('Give one task, or none.');
    const settings = await readSettings(settingsPath(context.environment));
    const client = createClient({ url: chooseUrl(context.url, context.environment, settings) });
    if (name === undefined) {
      const found = await describeTasks(client);
      const rows = found.map((task) => [task.name, task.title, printable(task.summary)]);
      answer(
        context,
        { tasks: found.map((task) => ({ task: task.name, title: task.title, summary: task.summary })) },
        table(['TASK', 'MAKES', ''], rows),
      );
      return exitCodes.done;
    }
    const found = await describeTask(client, name);
    const fields = Object.fromEntries(found.fields);
    answer(context, { task: name, fields, required: found.required }, fieldTable(found));
    return exitCodes.done;
  },
});

function fieldTable({ summary, fields, required }: TaskDescription): string {
  const rows = [...fields].map(([name, schema]) => {
    const { default: byDefault, description } = schema;
    return [
      required.includes(name) ? `${name} *` : name,
      printable(typeWords(schema)),
      byDefault === undefined ? '' : JSON.stringify(byDefault),
      typeof description === 'string' ? printable(description) : '',
    ];
  });
  return `${printable(summary)}\n\n${table(['FIELD (* needed)', 'TAKES', 'DEFAULT', ''], rows)}`;
}
