import type { Context } from './command.ts';
import { quoteWords } from './commands/quote.ts';
import { BadUsage, exitCodes, Failure, Interrupted } from './failure.ts';
import { dollars } from './format.ts';
import type { Quote } from './job.ts';
import { isPlainObject } from './plain-object.ts';

/**
 * Asks whether a job may cost what it does.
 * @param refused by the appliance, because it costs more than was agreed to
 * @returns what is agreed to now, in micro-dollars
 * @throws Failure nobody can be asked, the person is against it, or the balance; `refused` where it tells no quote
 */
export async function agreeToPrice({ terminal }: Context, refused: Failure): Promise<number> {
  const quote = quoteOf(refused.details);
  if (!quote) throw refused;
  const { amountUsd, amountMicros, balanceUsd, isCovered } = quote.billing;
  if (!isCovered) {
    throw new Failure(`It costs ${dollars(amountUsd)}, and the balance is ${dollars(balanceUsd)}.`, {
      exitCode: exitCodes.balance,
      code: 'insufficient_balance',
      details: quote.billing,
    });
  }
  if (!terminal.isInteractive)
    throw new BadUsage(`It costs ${dollars(amountUsd)}: say --yes to spend it without being asked.`);
  terminal.say(quoteWords(quote));
  const said = await terminal.ask(`Spend ${dollars(amountUsd)}? [y/N] `);
  if (!/^y(es)?$/i.test(said ?? '')) throw new Interrupted('Nothing was submitted.');
  return amountMicros;
}

/** The quote of a refusal, which no type checker has seen. */
function quoteOf(details: unknown): Quote | null {
  const quote = isPlainObject(details) ? details['quote'] : undefined;
  return isQuote(quote) ? quote : null;
}

function isQuote(value: unknown): value is Quote {
  if (!isPlainObject(value)) return false;
  const { billing, estimate, inputAdjustments } = value;
  return (
    isPlainObject(billing) &&
    typeof billing['amountMicros'] === 'number' &&
    typeof billing['amountUsd'] === 'number' &&
    typeof billing['listUsd'] === 'number' &&
    typeof billing['balanceUsd'] === 'number' &&
    Array.isArray(billing['basis']) &&
    isPlainObject(estimate) &&
    Array.isArray(inputAdjustments)
  );
}
