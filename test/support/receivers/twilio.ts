import { json, type Receiver } from './receiver.ts';

const no = (status: number, code: number, message: string) =>
  json({ code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status }, status);

/** Twilio's Messages and Calls: Basic auth, a form, numbers in E.164, 201 when queued. */
export function twilio({
  sid = 'AC0123456789abcdef0123456789abcdef',
  token = 'twiliotoken0123456789abcdef01234',
  from = '+14155550100',
  to = ['+8613800001111'],
} = {}): Receiver {
  return {
    channel: 'twilio',
    owns: (url) => /\/2010-04-01\/Accounts\/[^/]+\/(Messages|Calls)\.json$/.test(url.pathname),
    inputs: (base) => ({
      'twilio-api-url': base,
      'twilio-account-sid': sid,
      'twilio-auth-token': token,
      'twilio-from': from,
      'twilio-to': to.join('\n'),
    }),
    answer({ method, url, headers, body }) {
      const right = `Basic ${Buffer.from(`${sid}:${token}`).toString('base64')}`;
      if (headers.authorization !== right) return no(401, 20003, 'Authenticate');
      if (!url.pathname.includes(`/${sid}/`)) return no(404, 20404, 'The requested resource was not found');
      if (method !== 'POST' || !headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
        return no(400, 20001, 'Unsupported content type');
      }
      const form = new URLSearchParams(body);
      const number = form.get('To') ?? '';
      if (!/^\+[1-9]\d{6,14}$/.test(number))
        return no(400, 21211, `The 'To' number ${number} is not a valid phone number.`);
      if (form.get('From') !== from)
        return no(400, 21212, `The 'From' number ${form.get('From')} is not a valid phone number.`);
      if (url.pathname.endsWith('Calls.json')) {
        const twiml = form.get('Twiml') ?? '';
        if (!/^<Response><Say language="[\w-]+" loop="\d">[^<>]+<\/Say><\/Response>$/.test(twiml)) {
          return no(400, 21205, 'Url is not a valid URL');
        }
        return { ...json({ sid: 'CA01', status: 'queued' }, 201), rings: [number], taken: true };
      }
      const text = form.get('Body') ?? '';
      if (!text) return no(400, 21602, 'Message body is required');
      if (text.length > 1600) return no(400, 21617, 'The concatenated message body exceeds the 1600 character limit');
      return { ...json({ sid: 'SM01', status: 'queued', error_code: null }, 201), rings: [number], taken: true };
    },
  };
}
