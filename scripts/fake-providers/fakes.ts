import type { Fake } from './fake.ts';
import { google } from './google.ts';
import { mail } from './mail.ts';
import { stripe } from './stripe.ts';

/** All of them; each listens on the first port plus its place here. */
export const fakes: readonly Fake[] = [google, stripe, mail];
