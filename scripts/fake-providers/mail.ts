import { codeIn, startSmtpSink } from '../../src/testing/fakes/smtp-sink.ts';
import type { Fake } from './fake.ts';

export const mail: Fake = {
  name: 'Mail',
  async start({ port, applianceOrigin }) {
    const { url } = await startSmtpSink({
      port,
      onMail: (received) =>
        console.error(`Mail to ${received.to.join(', ')}: the code is ${codeIn(received)}`),
    });
    const json = "-H 'Content-Type: application/json'";
    return {
      settings: { KT_SMTP_URL: url, KT_SMTP_FROM: 'Killa Tamata <no-reply@example.com>' },
      hints: [
        'It keeps what it gets; each code is told of on stderr.',
        `curl -sS ${applianceOrigin}/api/v1/auth/email/start ${json} -d '{"email":"ada@example.com"}'`,
        `curl -sS ${applianceOrigin}/api/v1/auth/email/verify ${json} -d '{"email":"ada@example.com","code":"<code>"}'`,
      ],
    };
  },
};
