import type { Clock } from '../../clock.ts';
import type { OpenDatabase } from '../../db/open.ts';
import type { OwnOrigin } from '../../net/own-origin.ts';
import type { Settings } from '../../settings/load-settings.ts';
import { loadSecret } from '../../storage/secret.ts';
import { createBrowserSignIn } from './browser-sign-in.ts';
import { createSessionCallers } from './session-callers.ts';
import { createSessionTokens } from './session-token.ts';
import { createBrowserSessions } from './sessions.ts';
import { createBrowserSessionStore } from './store.ts';

/** Browser sessions, on the secret of the data folder that signs their cookies; made where it is missing. */
export async function createBrowser(options: {
  settings: Settings;
  database: OpenDatabase;
  ownOrigin: OwnOrigin;
  clock: Clock;
}) {
  const { settings, database, ownOrigin, clock } = options;
  const secret = await loadSecret(settings.dataFolder, 'browser-sessions');
  const sessions = createBrowserSessions({
    store: createBrowserSessionStore(database),
    tokens: createSessionTokens(secret),
    sessionDays: settings.signIn.sessionDays,
  });
  return {
    browserSessions: sessions,
    browser: createBrowserSignIn({ sessions, ownOrigin }),
    sessions: createSessionCallers({ sessions, ownOrigin, clock }),
  };
}
