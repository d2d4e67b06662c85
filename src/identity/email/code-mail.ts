import { type Challenge, codeSeconds } from './one-time-code.ts';

/** A mail without its addresses. */
export interface MailText {
  subject: string;
  text: string;
  html: string;
}

/**
 * The mail with a code. The subject is without it: screens that are locked show subjects, and mail servers log them.
 * Nothing in it comes from the request, whose host and headers anybody can write.
 */
export function codeMail({ code }: Pick<Challenge, 'code'>): MailText {
  const intro = 'Your sign-in code for Killa Tamata is';
  const minutes = codeSeconds / 60;
  const validity = `It is good for ${minutes} minutes, once. Enter it only where you asked for it, and tell it nobody.`;
  const otherwise = 'If you did not ask for it, ignore this mail: without the code nobody gets in.';
  return {
    subject: 'Your sign-in code',
    text: `${intro}\n\n    ${code}\n\n${validity}\n\n${otherwise}\n`,
    html: [
      '<!doctype html><html lang="en"><body style="font-family:sans-serif">',
      `<p>${intro}</p>`,
      `<p style="font-size:28px;letter-spacing:4px"><b>${code}</b></p>`,
      `<p>${validity}</p><p>${otherwise}</p></body></html>`,
    ].join('\n'),
  };
}
