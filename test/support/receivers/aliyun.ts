import { createHash, createHmac } from 'node:crypto';
import { json, parse, RateWindow, type Receiver } from './receiver.ts';

const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const no = (Code: string, Message: string, status = 200) => json({ Code, Message, RequestId: '0A1B' }, status);

/** Aliyun's SMS and voice: ACS3 signature rebuilt from the request as it came, nonce once, one SMS a minute and number. */
export function aliyun({
  keyId = 'LTAIdemo0123456789',
  secret = 'aliyunsecret0123456789abcdef',
  sign = '示例签名',
  template = 'SMS_000000001',
  voice = 'TTS_000000001',
  phones = ['13800001111'],
} = {}): Receiver {
  const nonces = new Set<string>();
  const perPhone = new Map<string, RateWindow>();
  return {
    channel: 'aliyun',
    owns: (url) => url.searchParams.has('TemplateCode') || url.searchParams.has('TtsCode'),
    inputs: (base) => ({
      'aliyun-api-url': base,
      'aliyun-access-key-id': keyId,
      'aliyun-access-key-secret': secret,
      'aliyun-sms-sign-name': sign,
      'aliyun-sms-template-code': template,
      'aliyun-phones': phones.join('\n'),
    }),
    answer({ method, url, headers, body, at }) {
      const [, id, names, signature] =
        /^ACS3-HMAC-SHA256 Credential=([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})$/.exec(
          headers.authorization ?? '',
        ) ?? [];
      if (!id) return no('IncompleteSignature', 'The request signature does not conform to Aliyun standards.', 400);
      if (id !== keyId) return no('InvalidAccessKeyId.NotFound', 'Specified access key is not found.', 404);
      const must = ['host', ...Object.keys(headers).filter((h) => h.startsWith('x-acs-') || h === 'content-type')];
      const signed = names!.split(';');
      if (must.some((name) => !signed.includes(name)))
        return no('IncompleteSignature', 'Some headers are not signed.', 400);
      if (headers['x-acs-content-sha256'] !== hash(body)) return no('InvalidContentSha256', 'content hash', 400);
      // The query is signed in the form it was sent in, which must be the canonical one: sorted, RFC 3986.
      const query = url.search.slice(1);
      const canonical = [
        method,
        url.pathname,
        query,
        ...signed.map((n) => `${n}:${headers[n]}`),
        '',
        names,
        hash(body),
      ];
      const right = createHmac('sha256', secret)
        .update(`ACS3-HMAC-SHA256\n${hash(canonical.join('\n'))}`)
        .digest('hex');
      if (right !== signature)
        return no('SignatureDoesNotMatch', 'Specified signature does not match our calculation.', 400);
      if (Math.abs(Date.parse(headers['x-acs-date']!) - at) > 900_000)
        return no('InvalidTimeStamp.Expired', 'expired', 400);
      const nonce = headers['x-acs-signature-nonce']!;
      if (nonces.has(nonce)) return no('SignatureNonceUsed', 'Specified signature nonce was used already.', 400);
      nonces.add(nonce);
      const param = (name: string) => url.searchParams.get(name) ?? '';
      const call = headers['x-acs-action'] === 'SingleCallByTts';
      const numbers = param(call ? 'CalledNumber' : 'PhoneNumbers').split(',');
      if (call ? param('TtsCode') !== voice : param('TemplateCode') !== template) {
        return no(call ? 'isv.TTS_TEMPLATE_ILLEGAL' : 'isv.SMS_TEMPLATE_ILLEGAL', '模板不合法');
      }
      if (!call && param('SignName') !== sign) return no('isv.SMS_SIGNATURE_ILLEGAL', '签名不合法');
      const variables = parse(param(call ? 'TtsParam' : 'TemplateParam'));
      if (!variables) return no('isv.INVALID_JSON_PARAM', 'JSON参数不合法');
      for (const value of Object.values(variables)) {
        if (typeof value !== 'string' || value === '') return no('isv.TEMPLATE_MISSING_PARAMETERS', '模板缺少变量');
        if (/https?:|\d+\.\d+\.\d+\.\d+/.test(value)) return no('isv.BLACK_KEY_CONTROL_LIMIT', '变量中含有链接');
        if (value.length > 20) return no('isv.PARAM_LENGTH_LIMIT', '变量超长');
      }
      if (numbers.some((n) => !/^(\+?\d{5,20})$/.test(n)))
        return no('isv.MOBILE_NUMBER_ILLEGAL', `非法手机号 ${numbers[0]}`);
      for (const number of numbers) {
        const name = `${call ? 'call' : 'sms'} ${number}`;
        const rate = perPhone.get(name) ?? new RateWindow(1, 60_000);
        perPhone.set(name, rate);
        if (!rate.admit(at)) return no('isv.BUSINESS_LIMIT_CONTROL', `触发分钟级流控Permits:1 ${number}`);
      }
      return { ...json({ Code: 'OK', Message: 'OK', RequestId: '0A1B', BizId: '1^0' }), rings: numbers, taken: true };
    },
  };
}
