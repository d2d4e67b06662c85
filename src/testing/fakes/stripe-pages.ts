import type { StripeAccount } from './stripe-account.ts';

/** What can be done by hand with a checkout, beside paying: what the buttons are called. */
const buttons: Record<string, string> = {
  pay: 'Pay by card',
  transfer: 'Pay by bank transfer',
  arrive: 'The transfer arrives',
  bounce: 'The transfer fails',
  expire: 'Let it expire',
  refund: 'Refund all',
  dispute: 'Dispute',
  win: 'The dispute is won',
  cancel: 'Go back without paying',
};

/** The page to pay at, for trying by hand. @returns null for everything else */
export function answerPage(
  account: StripeAccount,
  { method, path }: { method: string; path: string },
): Response | null {
  const [, place, sessionId = '', action] = path.split('/');
  const session = account.sessions.get(sessionId);
  if (place !== 'pay' || !session) return null;
  if (method === 'GET') return page(sessionId, `${session.status}, ${session.payment_status}`);
  if (action === 'cancel') return Response.redirect(fill(session.cancel_url ?? '', sessionId), 303);
  try {
    act(account, sessionId, action ?? '');
  } catch (error) {
    return page(sessionId, String(error));
  }
  return action === 'pay' || action === 'transfer'
    ? Response.redirect(fill(session.success_url, sessionId), 303)
    : page(sessionId, `Done: ${action}.`);
}

function act(account: StripeAccount, sessionId: string, action: string): void {
  const intent = account.sessions.get(sessionId)?.payment_intent;
  const dispute = [...account.disputes.values()].find(({ payment_intent: of }) => of === intent);
  if (action === 'pay' || action === 'transfer') account.pay(sessionId, { isDelayed: action === 'transfer' });
  if (action === 'arrive' || action === 'bounce') account.finishDelayed(sessionId, action === 'arrive');
  if (action === 'expire') account.expire(sessionId);
  if (action === 'refund') account.refund(sessionId);
  if (action === 'dispute') account.dispute(sessionId);
  if (action === 'win' && dispute) account.closeDispute(dispute.id, 'won');
}

function fill(url: string, sessionId: string): string {
  return url.replaceAll('{CHECKOUT_SESSION_ID}', sessionId);
}

function page(sessionId: string, text: string): Response {
  const forms = Object.entries(buttons).map(
    ([action, label]) =>
      `<form method="post" action="/pay/${sessionId}/${action}"><button>${label}</button></form>`,
  );
  const html = `<!doctype html><title>A checkout that is none</title><p>${Bun.escapeHTML(text)}</p>${forms.join('')}`;
  return new Response(html, { headers: { 'content-type': 'text/html; charset=utf-8' } });
}
