import type { Answer, Channel, Delivery } from '../channel.ts';
import { jsonObject, quote, refused, throttled, unreadable } from '../classify.ts';
import type { Document } from '../document.ts';
import { IMPLICIT_TLS, type Mail, type MailAnswer, smtp, URL_OPTIONS } from './email-transport.ts';
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

function failure(code: number, name: string, words: string): Delivery {
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
function classify(answer: Answer, request: { body?: string }): Delivery {
  const body = jsonObject(answer);
  if (!isMailAnswer(body)) return unreadable(answer);
  const { code, words, accepted, rejected, failure: name } = body;
  if (name !== undefined) return failure(code, name, words);
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

export const email: Channel = {
  name: 'email',
  kind: 'email',
  settings: {
    'smtp-url': { input: 'smtp-url', secret: true, required: true },
    from: { input: 'email-from', required: true },
    to: { input: 'email-to', required: true, lines: true },
  },
  check({ 'smtp-url': address, from, to }) {
    const url = URL.canParse(address!) ? new URL(address!) : undefined;
    if (!url || !/^smtps?:$/.test(url.protocol) || !url.hostname) {
      return 'smtp-url is smtp://user:password@host:587 or smtps://…:465; encode special characters in the password.';
    }
    if ([...url.searchParams.keys()].some((key) => !URL_OPTIONS.includes(key))) {
      return `smtp-url knows these options only: ${URL_OPTIONS.join(', ')}.`;
    }
    if (!/@/.test(from!)) return 'from is no e-mail address.';
    const wrong = to!.split('\n').findIndex((line) => !/\S@\S/.test(line));
    return wrong < 0 ? undefined : `line ${wrong + 1} of to is no e-mail address.`;
  },
  render(document, { settings }, { now, key, id, thread }) {
    const host = domain(settings.from!);
    const { event, severity } = document.message;
    // An alert and its recovery meet under a name both can make, without anybody remembering the first one's ID.
    const incident = event === 'alert' || event === 'recovered' ? { references: `<seatrial.${key}@${host}>` } : {};
    const mail: Mail = {
      from: settings.from!,
      to: settings.to!.split('\n'),
      subject: document.subject,
      text: plainText(document),
      html: html(document),
      messageId: `<seatrial.${id}@${host}>`,
      ...(thread?.id ? { inReplyTo: thread.id, references: thread.id } : incident),
      // As mail writes it (RFC 5322); nodemailer passes it on as it is.
      date: new Date(now).toUTCString().replace('GMT', '+0000'),
      urgent: severity === 'critical',
    };
    return [{ url: settings['smtp-url']!, body: JSON.stringify(mail) }];
  },
  places: ['id'],
  classify,
  transport: smtp,
  probe: {
    request: ({ settings }) => ({ url: settings['smtp-url']! }),
    classify(answer) {
      const delivery = classify(answer, {});
      if (delivery.outcome !== 'accepted') return delivery;
      return { ...delivery, reason: 'The mail server took the login; sender and recipients are not proved.' };
    },
  },
};
