import { rootCertificates } from 'node:tls';
import { parseHost } from '../docker/address.ts';
import { SeatrialError } from '../errors.ts';
import { privateFolder } from './private.ts';
import { probe, type Refusal } from './probe.ts';
import type { Transport, TransportOptions } from './types.ts';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;
/** Codes Node gives when it or the other side refused the TLS of a connection (tls, node:errors and OpenSSL's names). */
const TLS_CODE =
  /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/;

function explain(host: string, secure: boolean, { code, detail }: Refusal): SeatrialError {
  if (!secure && /HTTPS server/i.test(detail)) {
    return new SeatrialError('TLS_REFUSED', `${host}: the engine speaks TLS; give tls-ca, tls-cert and tls-key.`);
  }
  if (secure && (TLS_CODE.test(code) || /PEM|no start line|key values mismatch/i.test(detail))) {
    const advice = /ALERT/.test(code)
      ? "the engine refused this client; give tls-cert and tls-key signed by the engine's own CA"
      : "check that tls-ca signed the engine's certificate, that it names this host, and that the files are whole PEM";
    return new SeatrialError('TLS_REFUSED', `${host}: ${code}: ${advice}.`, { cause: detail });
  }
  return new SeatrialError(
    'ENGINE_UNREACHABLE',
    `${host}: ${code}; check that the engine listens there and that the firewall lets this runner in.`,
    { cause: detail },
  );
}

/** TCP, with TLS as soon as one of its files is given. */
export async function openTcp(host: string, options: TransportOptions): Promise<Transport> {
  const { tlsCa: ca, tlsCert: cert, tlsKey: key, signal } = options;
  if (Boolean(cert) !== Boolean(key)) {
    throw new SeatrialError('INPUT_INVALID', 'tls-cert and tls-key belong together; give both or neither.');
  }
  const secure = Boolean(ca || cert);
  const address = parseHost(host, { ca, cert, key });
  if (!secure && !LOOPBACK.test(address.tcp!.host)) {
    options.warn?.(`${host} is plain TCP: anyone on the way can take the machine over; use TLS or ssh.`);
  }
  let refusal: Refusal | undefined;
  try {
    refusal = await probe(address, 15_000, signal);
  } catch (error) {
    // tls.connect() throws, not emits, on a PEM it can't read.
    refusal = { code: (error as NodeJS.ErrnoException).code ?? 'ERR_SSL', detail: String(error) };
  }
  signal?.throwIfAborted();
  if (refusal) throw explain(host, secure, refusal);
  if (!secure) return { address, dockerHost: host, env: {}, close: async () => undefined };
  const folder = privateFolder();
  folder.write('ca.pem', ca ?? rootCertificates.join('\n'));
  if (cert && key) {
    folder.write('cert.pem', cert);
    folder.write('key.pem', key);
  }
  return {
    address,
    dockerHost: host,
    env: { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder.path },
    close: async () => folder.remove(),
  };
}
