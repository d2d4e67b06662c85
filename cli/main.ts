#!/usr/bin/env bun
import { createInterruption } from './interruption.ts';
import { runCommand } from './run-command.ts';
import { createTerminal } from './terminal.ts';

// `killatamata jobs | head`: whoever reads may have seen enough.
process.stdout.on('error', (error: Error & { code?: string }) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

const { env: environment } = process;
process.exitCode = await runCommand(process.argv.slice(2), {
  terminal: createTerminal(process, environment),
  interruption: createInterruption(process),
  environment,
});
