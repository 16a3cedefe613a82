import type { Answer, Channel, Delivery, Request } from '../channel.ts';
import { jsonObject, ok, quote, refused, throttled, unreadable } from '../classify.ts';
import type { Document } from '../document.ts';
import { namesOf } from '../locale/words.ts';
import { fitChars } from '../text.ts';
import { type Acs3Call, signAcs3 } from './acs3.ts';

const SMS = { base: 'https://dysmsapi.aliyuncs.com', version: '2017-05-25' };
const VOICE = { base: 'https://dyvmsapi.aliyuncs.com', version: '2017-05-25' };
/** Characters of one variable; longer ones are refused for personal templates. */
const VARIABLE = 20;

/** Variables may hold neither links nor IP addresses, and a template must find each of its variables. */
function variables(document: Document): string {
  const { environment, service, version } = document.message;
  const name = namesOf(document.message);
  const tidy = (text: string | undefined) =>
    fitChars(
      (text ?? '')
        .replace(/https?:\/\/\S+/g, '')
        .replace(/\b\d{1,3}(\.\d{1,3}){3}\b/g, '')
        .trim(),
      VARIABLE,
    ) || '-';
  const result = document.words.result(document.message);
  return JSON.stringify({
    environment: tidy(environment),
    service: tidy(service),
    version: tidy(version && name(version)),
    result: tidy(`${document.message.drill ? document.words.drill.trim() : ''}${result}`),
  });
}

const ADVICE: [RegExp, string][] = [
  [/^InvalidAccessKeyId|^isv\.ACCOUNT/, 'aliyun-access-key-id is not valid: check it'],
  [/^(SignatureDoesNotMatch|IncompleteSignature)/, 'aliyun-access-key-secret is not valid: check it'],
  [/^(InvalidTimeStamp|SignatureNonceUsed)/, "the signature's time or nonce was not taken: set the runner's clock"],
  [
    /^(isp?\.RAM_PERMISSION_DENY|NoPermission|Forbidden)/,
    'the key lacks a permission: allow dysms:SendSms or dyvms:SingleCallByTts',
  ],
  [/SIGNATURE|SIGN_NAME/, 'aliyun-sms-sign-name is not an approved signature: check it'],
  [/TEMPLATE|TTS/, 'the template is not approved or its variables differ: use environment, service, version, result'],
  [/MOBILE|NUMBER/, 'a phone number is not valid: correct the list'],
  [/AMOUNT|OUT_OF_SERVICE|BALANCE/, 'the account has run out of money: top it up'],
];

/** Success is the text `OK` in `Code`; a refusal may come in HTTP 200 as well. */
function classify(answer: Answer): Delivery {
  const body = jsonObject(answer);
  const code = body?.Code;
  if (typeof code !== 'string' || code === '') return unreadable(answer);
  if (code === 'OK') {
    if (answer.status !== 200) return unreadable(answer);
    return ok('OK', { reason: "Aliyun took it; whether the phone got it stands in Aliyun's console." });
  }
  const shown = quote(code);
  const words = typeof body?.Message === 'string' ? ` (${quote(body.Message)})` : '';
  if (/BUSINESS_LIMIT_CONTROL|DAY_LIMIT_CONTROL|MONTH_LIMIT_CONTROL/.test(code)) {
    return throttled(shown, `A number has had as many as Aliyun allows${words}: ring by another target.`);
  }
  if (/^Throttling/.test(code)) {
    return throttled(shown, `Too many calls${words}: try again later.`, { retry: {} });
  }
  const busy = answer.status >= 500 || /^(InternalError|ServiceUnavailable|isp\.SYSTEM_ERROR)/.test(code);
  const advice = busy
    ? 'Aliyun is in trouble: run the step again'
    : (ADVICE.find(([pattern]) => pattern.test(code))?.[1] ?? "look the code up in Aliyun's list");
  return refused(shown, `Aliyun refused${words}: ${advice}.`, busy ? { retry: {} } : {});
}

/** The call rides in the body until it is signed, which happens anew for each try. */
const call = (base: string, more: Omit<Acs3Call, 'base'>, rest: Partial<Request> = {}): Request => ({
  url: base,
  body: JSON.stringify({ base, ...more } satisfies Acs3Call),
  ...rest,
});

export const aliyun: Channel = {
  name: 'aliyun',
  kind: 'aliyun',
  settings: {
    'access-key-id': { input: 'aliyun-access-key-id', secret: true, required: true },
    'access-key-secret': { input: 'aliyun-access-key-secret', secret: true, required: true },
    'sms-sign-name': { input: 'aliyun-sms-sign-name' },
    'sms-template-code': { input: 'aliyun-sms-template-code' },
    phones: { input: 'aliyun-phones', lines: true },
    'voice-template-code': { input: 'aliyun-voice-template-code' },
    'voice-number': { input: 'aliyun-voice-number' },
    'voice-phones': { input: 'aliyun-voice-phones', lines: true },
    'api-url': { input: 'aliyun-api-url', url: true },
  },
  check(settings) {
    const sms = [settings['sms-sign-name'], settings['sms-template-code'], settings.phones];
    const voice = [settings['voice-template-code'], settings['voice-phones']];
    if (sms.some(Boolean) && !sms.every(Boolean)) return 'an SMS needs sms-sign-name, sms-template-code and phones.';
    if (voice.some(Boolean) && !voice.every(Boolean)) return 'a call needs voice-template-code and voice-phones.';
    if (settings['voice-number'] && !voice[0]) return 'voice-number goes with voice-template-code and voice-phones.';
    if (!sms[0] && !voice[0]) return 'there is nobody to reach: give phones for SMS, or voice-phones for calls.';
    return undefined;
  },
  render(document, { settings }) {
    const { phones, 'voice-phones': called, 'voice-number': shown, 'api-url': api } = settings;
    const sms = phones
      ? [
          call(
            api ?? SMS.base,
            {
              action: 'SendSms',
              version: SMS.version,
              params: {
                PhoneNumbers: phones.split('\n').join(','),
                SignName: settings['sms-sign-name']!,
                TemplateCode: settings['sms-template-code']!,
                TemplateParam: variables(document),
              },
            },
            { label: 'SMS', independent: true },
          ),
        ]
      : [];
    // With an SMS beside it, a call is for what can't wait.
    const ring = called !== undefined && (!phones || document.message.severity === 'critical');
    const calls = (ring ? called.split('\n') : []).map((phone, i) =>
      call(
        api ?? VOICE.base,
        {
          action: 'SingleCallByTts',
          version: VOICE.version,
          params: {
            CalledNumber: phone,
            ...(shown ? { CalledShowNumber: shown } : {}),
            TtsCode: settings['voice-template-code']!,
            TtsParam: variables(document),
          },
        },
        { label: `call ${i + 1}`, independent: true },
      ),
    );
    return [...sms, ...calls];
  },
  sign({ body, ...request }, { settings }, at) {
    const keys = { id: settings['access-key-id']!, secret: settings['access-key-secret']! };
    return { ...request, ...signAcs3(JSON.parse(body!) as Acs3Call, keys, at) };
  },
  classify,
};
