import type { Answer, Channel, Delivery, Request, Target } from '../channel.ts';
import { jsonObject, quote, refused, throttled, unreadable } from '../classify.ts';
import type { Document } from '../document.ts';
import { ACCESS_TOKEN, EHLO, IMPLICIT_TLS, type Mail, type MailAnswer, smtp, URL_OPTIONS } from './email-transport.ts';
import { escapeHtml } from './html.ts';
import { plainText } from './plain.ts';

const COLOURS = { info: '#2eb67d', warning: '#ecb22e', critical: '#e01e5a' } as const;

function html(document: Document): string {
  const paragraph = (text: string) => `<p>${escapeHtml(text).replaceAll('\n', '<br>')}</p>`;
  const rows = document.facts.map(
    ({ name, value }) =>
      `<tr><th align="left" style="padding:2px 12px 2px 0">${escapeHtml(name)}</th><td>${escapeHtml(value).replaceAll('\n', '<br>')}</td></tr>`,
  );
  const links = document.links.map(({ label, url }) => `<a href="${escapeHtml(url)}">${escapeHtml(label)}</a>`);
  return [
    `<html lang="${document.locale}"><body style="font-family:sans-serif">`,
    `<h2 style="border-left:6px solid ${COLOURS[document.message.severity]};padding-left:10px">${escapeHtml(document.subject)}</h2>`,
    ...[document.headline ?? '', ...document.story, document.text].filter(Boolean).map(paragraph),
    rows.length ? `<table>${rows.join('')}</table>` : '',
    links.length ? `<p>${links.join(' · ')}</p>` : '',
    '</body></html>',
  ].join('\n');
}

const domain = (from: string): string => /@([\w.-]+)/.exec(from)?.[1] ?? 'localhost';

const isMailAnswer = (body: object | undefined): body is MailAnswer =>
  body !== undefined && 'accepted' in body && 'rejected' in body;

function failure(code: number, name: string, words: string, byToken = false): Delivery {
  const shown = code ? String(code) : name;
  const said = words ? ` (${quote(words)})` : '';
  if (code >= 400 && code < 500) {
    return throttled(shown, `The mail server wants it later${said}: greylisting and limits pass; run the step again.`, {
      retry: {},
    });
  }
  if (code === 530 && /tls|encrypt/i.test(words)) {
    return refused(
      shown,
      `The mail server wants an encrypted line first${said}: take requireTLS=false out of smtp-url.`,
    );
  }
  if (code === 530) {
    return refused(shown, `The mail server wants a login${said}: put user and password into smtp-url.`);
  }
  if (name === IMPLICIT_TLS) {
    return refused(
      shown,
      'Nothing was sent: this port begins with TLS at once, as 465 does; write smtps:// instead of smtp://.',
    );
  }
  if (name === 'EAUTH' && byToken) {
    return refused(
      shown,
      `The mail server refused the token${said}: smtp-access-token has expired or lacks the right to send; make it anew in the same job.`,
    );
  }
  if (name === 'EAUTH')
    return refused(shown, `The mail server refused the login${said}: check user and password in smtp-url.`);
  if (name === 'ETLS') {
    return refused(
      shown,
      `Nothing was sent, since the line could not be encrypted${said}: use a port with STARTTLS or smtps://.`,
    );
  }
  if (name === 'EPROTOCOL' && !code) {
    return refused(shown, `Nothing was sent: what answers is no mail server${said}; check host and port of smtp-url.`);
  }
  if (name === 'EMESSAGE' && !code) {
    return {
      outcome: 'unknown',
      code: shown,
      reason: `The mail server had the message and then said what no mail server says${said}: it may or may not arrive; look into the mailbox.`,
    };
  }
  if (name === 'ESOCKET' && /wrong version number|packet length too long/i.test(words)) {
    return refused(
      shown,
      'Nothing was sent: this port does not begin with TLS; use smtp:// there, or the port for smtps://.',
    );
  }
  if (name === 'ESOCKET') {
    return refused(
      shown,
      `Nothing was sent: the mail server's certificate or line was not trusted${said}; set NODE_EXTRA_CA_CERTS for a private authority.`,
    );
  }
  return refused(shown, `The mail server refused it${said}: check email-from and email-to.`);
}

/** 250 means that the server will try; whether it arrives is not known. Some recipients may be refused all the same. */
function classify(answer: Answer, request: Pick<Request, 'body' | 'headers'>): Delivery {
  const body = jsonObject(answer);
  if (!isMailAnswer(body)) return unreadable(answer);
  const { code, words, accepted, rejected, failure: name } = body;
  const byToken = request.headers?.[ACCESS_TOKEN] !== undefined;
  if (name !== undefined) return failure(code, name, words, byToken);
  if (code < 200 || code >= 300) return failure(code, 'ENVELOPE', words);
  const mail = JSON.parse(request.body ?? '{}') as Partial<Mail>;
  const root = mail.inReplyTo ?? mail.messageId;
  const ref = root ? { ref: { id: root } } : {};
  if (rejected.length) {
    const all = accepted + rejected.length;
    const reason = `${rejected.length} of ${all} recipients ${rejected.length === 1 ? 'was' : 'were'} refused (${quote(words)}), the rest were taken: correct email-to.`;
    const later = rejected.every((no) => no >= 400 && no < 500);
    return later
      ? // Not tried again: those who were taken would get it twice.
        throttled(
          rejected[0]!,
          reason.replace('correct email-to', 'tell those by another way, or send again later'),
          ref,
        )
      : refused(rejected.find((no) => no >= 500) || code, reason, ref);
  }
  return {
    outcome: 'accepted',
    code: String(code),
    reason: 'Queued by the mail server; if it does not arrive, look for a bounce at email-from.',
    ...ref,
  };
}

/** What of the settings is about the line to the server and not about the mail. */
function lineOf({ 'smtp-access-token': token, 'smtp-ehlo': name }: Target['settings']): Record<string, string> {
  return { ...(token ? { [ACCESS_TOKEN]: token } : {}), ...(name ? { [EHLO]: name } : {}) };
}

export const email: Channel = {
  name: 'email',
  kind: 'email',
  settings: {
    'smtp-url': { input: 'smtp-url', secret: true, required: true },
    from: { input: 'email-from', required: true },
    to: { input: 'email-to', required: true, lines: true },
    cc: { input: 'email-cc', lines: true },
    'reply-to': { input: 'email-reply-to' },
    'smtp-access-token': { input: 'smtp-access-token', secret: true },
    'smtp-ehlo': { input: 'smtp-ehlo' },
  },
  check(settings) {
    const { 'smtp-url': address, from, to, cc, 'reply-to': replyTo } = settings;
    const url = URL.canParse(address!) ? new URL(address!) : undefined;
    if (!url || !/^smtps?:$/.test(url.protocol) || !url.hostname) {
      return 'smtp-url is smtp://user:password@host:587 or smtps://…:465; encode special characters in the password.';
    }
    if ([...url.searchParams.keys()].some((key) => !URL_OPTIONS.includes(key))) {
      return `smtp-url knows these options only: ${URL_OPTIONS.join(', ')}.`;
    }
    if (!/@/.test(from!)) return 'from is no e-mail address.';
    if (replyTo && !/\S@\S/.test(replyTo)) return 'reply-to is no e-mail address.';
    if (settings['smtp-access-token'] && !url.username)
      return 'smtp-access-token needs the user in smtp-url: smtp://user%40example.com@host.';
    if (settings['smtp-access-token'] && url.password)
      return 'smtp-access-token takes the place of the password in smtp-url; keep one.';
    if (settings['smtp-ehlo'] && !/^[A-Za-z0-9.:[\]-]{1,255}$/.test(settings['smtp-ehlo']))
      return 'smtp-ehlo is a host name.';
    for (const [name, list] of [
      ['to', to],
      ['cc', cc],
    ] as const) {
      const wrong = (list?.split('\n') ?? []).findIndex((line) => !/\S@\S/.test(line));
      if (wrong >= 0) return `line ${wrong + 1} of ${name} is no e-mail address.`;
    }
    return undefined;
  },
  render(document, { settings }, { now, key, id, thread }) {
    const host = domain(settings.from!);
    const { event, severity } = document.message;
    // An alert and its recovery meet under a name both can make, without anybody remembering the first one's ID.
    const incident = event === 'alert' || event === 'recovered' ? { references: `<seatrial.${key}@${host}>` } : {};
    const mail: Mail = {
      from: settings.from!,
      to: settings.to!.split('\n'),
      ...(settings.cc ? { cc: settings.cc.split('\n') } : {}),
      ...(settings['reply-to'] ? { replyTo: settings['reply-to'] } : {}),
      subject: document.subject,
      text: plainText(document),
      html: html(document),
      messageId: `<seatrial.${id}@${host}>`,
      ...(thread?.id ? { inReplyTo: thread.id, references: thread.id } : incident),
      // As mail writes it (RFC 5322); nodemailer passes it on as it is.
      date: new Date(now).toUTCString().replace('GMT', '+0000'),
      urgent: severity === 'critical',
    };
    return [{ url: settings['smtp-url']!, headers: lineOf(settings), body: JSON.stringify(mail) }];
  },
  places: ['id'],
  classify,
  transport: smtp,
  probe: {
    request: ({ settings }) => ({ url: settings['smtp-url']!, headers: lineOf(settings) }),
    classify(answer, request) {
      const delivery = classify(answer, request ?? {});
      if (delivery.outcome !== 'accepted') return delivery;
      return { ...delivery, reason: 'The mail server took the login; sender and recipients are not proved.' };
    },
  },
};
