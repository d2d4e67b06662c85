import type { Command } from './command.ts';
import { balance } from './commands/balance.ts';
import { cancel } from './commands/cancel.ts';
import { approve, deny } from './commands/decide.ts';
import { download } from './commands/download.ts';
import { jobs } from './commands/jobs.ts';
import { keys } from './commands/keys.ts';
import { login } from './commands/login.ts';
import { logout } from './commands/logout.ts';
import { mcp } from './commands/mcp.ts';
import { quote } from './commands/quote.ts';
import { run } from './commands/run.ts';
import { tasks } from './commands/tasks.ts';
import { wait } from './commands/wait.ts';

/** Every command. One line a command; the rest of the program learns of them here alone. */
export const commands: readonly Command[] = [
  login,
  logout,
  tasks,
  quote,
  run,
  jobs,
  wait,
  download,
  cancel,
  balance,
  keys,
  approve,
  deny,
  mcp,
];
