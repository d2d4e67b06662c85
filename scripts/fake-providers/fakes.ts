import { coinbase } from './coinbase.ts';
import type { Fake } from './fake.ts';
import { google } from './google.ts';
import { mail } from './mail.ts';
import { openai } from './openai.ts';
import { stripe } from './stripe.ts';
import { x402 } from './x402.ts';

/** All of them; each listens on the first port plus its place here. */
export const fakes: readonly Fake[] = [google, stripe, coinbase, x402, mail, openai];
