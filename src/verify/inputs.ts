import * as z from 'zod';
import { deploymentSchema } from '../lib/deployment.ts';
import { SeatrialError } from '../lib/errors.ts';
import {
  bool,
  choice,
  duration,
  type FieldMeta,
  intOr,
  json,
  kubeconfig,
  lines,
  secret,
  secretLines,
  text,
  textOr,
} from '../lib/fields.ts';
import { parseJsonField, parseStatus } from './input/expectation.ts';
import { parseLoad } from './input/load-plan.ts';
import {
  METHODS,
  parseContainer,
  parseHeader,
  parseNamed,
  parseSelector,
  parseStoreHeader,
  parseUrl,
} from './input/specs.ts';
import { parseFormat } from './logs/format.ts';
import { parsePattern } from './pattern.ts';
import { parseThreshold } from './thresholds.ts';

const POLICY = ['pass', 'warn', 'fail'] as const;
const VERDICTS = ['fail', 'inconclusive', 'error', 'none'];

const BODIED = ['POST', 'PUT', 'PATCH', 'DELETE'];
/** The method of a line; one that can't be read is told by itself. */
function bodied(line: string, i: number, method: (typeof METHODS)[number]): string {
  try {
    return parseUrl(line, i + 1, method).method;
  } catch {
    return 'POST';
  }
}

/** An error probability: `0.01` or `1%`. */
function probability(name: string, fallback: string, description: string) {
  const meta: FieldMeta = { description, kind: 'text', default: fallback };
  return z
    .string()
    .default(fallback)
    .transform((given, context) => {
      const value = given.trim().endsWith('%') ? Number(given.trim().slice(0, -1)) / 100 : Number(given);
      if (value > 0 && value <= 0.5) return value;
      context.addIssue({
        code: 'custom',
        message: `"${given}" is not a chance above 0 and up to 0.5; ${name} is ${fallback} by default.`,
      });
      return z.NEVER;
    })
    .meta({ ...meta });
}

export const schema = z
  .object({
    mode: choice(
      ['verify', 'baseline', 'watch', 'replay', 'load'],
      'verify',
      'verify judges the new version, baseline records the old one before a deploy, watch holds what serves to its thresholds, replay judges a recorded stream, load asks a candidate at rising rates and tells how much it holds.',
    ),
    deployment: json(
      deploymentSchema,
      'The output `deployment` of action-deploy: which containers are new and which are old.',
    ),
    environment: textOr(
      'production',
      'The section of seatrial.yml to read; with a deployment its own environment counts.',
    ),
    hosts: lines(
      'Docker hosts of the containers when there is no deployment, one a line. Default: the engine of this machine.',
    ),
    containers: lines(
      'Containers when there is no deployment, one a line: `new=NAME`, `old=NAME`; a bare name is new.',
    ),
    kubeconfig: kubeconfig(),
    'ssh-key': secret('Private key for ssh:// hosts.'),
    'ssh-known-hosts': text('Host keys of ssh:// hosts, as in known_hosts; required for them.'),
    'tls-ca': text('CA certificate (PEM) for tcp:// hosts.'),
    'tls-cert': text('Client certificate (PEM) for tcp:// hosts.'),
    'tls-key': secret('Client key (PEM) for tcp:// hosts.'),
    urls: lines(
      'What to probe, one a line: `http://…`, `POST http://…`, `pay=http://…`, `ws://…`, `grpc://host:port/service` (its health check); before it `old:` or `new:` where a URL reaches one version only.',
    ),
    method: choice(METHODS, 'GET', 'How the urls are asked where a line does not say it.'),
    headers: lines('Headers of the requests, one `Name: value` a line; values of secret ones are hidden.'),
    body: text('Body of the requests of methods that have one.'),
    'expect-status': textOr(
      '200-399',
      'Statuses of an answer that counts as one: codes and ranges, `200`, `200-399 401`.',
    ),
    'expect-body': text('A text the body of an answer holds.'),
    'expect-json': lines('Values in the JSON body of an answer, one a line: `/code = 0` (JSON pointer).'),
    'follow-redirects': bool(false, 'Follow up to five redirects and judge the last answer.'),
    'client-cert': text('Client certificate (PEM) for the urls.'),
    'client-key': secret('Key (PEM) of the client certificate.'),
    'client-ca': text('CA certificate (PEM) of the urls where it is not a public one.'),
    rate: intOr(10, 'Probes a second in all, on a fixed schedule.', { min: 1, max: 1000 }),
    duration: duration(
      'The longest time until a verdict, from the first new event. Default: 10m; of a replay, the whole file; of watch, 1m.',
    ),
    'warm-up': duration(
      'Time from the first new event that is not judged. Default: 30s; of a replay and of watch, 0s.',
    ),
    alpha: probability(
      'alpha',
      '0.01',
      'The chance of a FAIL for a version that is no worse, over all looks and gates.',
    ),
    beta: probability('beta', '0.05', 'The chance of a PASS for a version that is worse by the margins.'),
    baseline: choice(
      ['concurrent', 'captured', 'stored'],
      'concurrent',
      'concurrent compares with the old version as it answers now (or did before, in the same stream); captured takes the `baseline-file` of mode baseline before the deploy, stored that of the last PASS.',
    ),
    'baseline-file': text('A file written by mode baseline (captured), or by the last PASS (stored).'),
    'baseline-max-age': duration('How old a baseline may be. Default: 24h captured, 168h stored.'),
    thresholds: lines(
      'Absolute limits of the new version, one a line: `error-rate <= 1%`, `p99 <= 300ms`, `cpu <= 80% for 5m`, `p99 <= 500ms during 20:00-02:00 Asia/Shanghai`, or a name from queries or metrics.',
    ),
    ignore: lines('Log entries to leave out, one RE2 pattern a line.'),
    'log-format': lines(
      'How log lines are to be read where they don’t tell themselves: a name such as `pino`, `python`, `monolog`, `syslog` (what their numbers mean) or `stderr` (each line there is an error); an RE2 pattern with a group `level`, e.g. `^(?P<level>\\w+)~(?P<message>.*)`; or `WORD=error`. One a line.',
    ),
    'prometheus-url': text('Address of Prometheus.'),
    queries: lines(
      'Prometheus queries, one `name=promql` a line. With $version in it: a counter of failures, whose rise in a second is compared between the versions of a deployment, which should carry like traffic. Without: a gauge for thresholds.',
    ),
    'loki-url': text('Address of Loki.'),
    'loki-queries': lines(
      'Log selectors, one a line: `new={app="shop",release="r2"}`, `old={…}`; $version is the release.',
    ),
    metrics: lines(
      'Business figures, one a line: `orders=http://shop/stats#/orders/perMinute` (JSON pointer); gauges for thresholds.',
    ),
    stores: text(
      'More stores (YAML list): `kind` elasticsearch, opensearch, sls, cloudwatch, datadog, sentry, skywalking or otlp, its address and names, `new` and `old` queries with $version; secrets by the name of an environment variable (`api-key-env: ES_KEY`).',
      { yaml: true },
    ),
    'store-headers': secretLines(
      'Headers for stores, one a line: `prometheus Authorization: Bearer …`, `loki X-Scope-OrgID: shop`, `metrics …`.',
    ),
    'store-ca': text('CA certificate (PEM) of stores whose certificate is not of a public one.'),
    'on-inconclusive': choice(POLICY, 'warn', 'What an inconclusive verdict does to the step.'),
    'on-error': choice(
      POLICY,
      'fail',
      'What a verdict of error (a source broke, a line could not be read) does to the step; `error-code` is set whatever it is.',
    ),
    'fail-on': lines('Verdicts that fail the step: fail, inconclusive, error or none, one a line.', {
      default: 'fail',
    }),
    load: text('Of mode load: from and to which rate, and how long in all: `50/s..500/s over 2m`.'),
    'load-serving': bool(false, 'Mode load may load a release that serves users.'),
    'replay-file': text('JSON lines to judge in mode replay.'),
    'report-dir': text('Where report, evidence and baseline are written. Default: a new temporary folder.'),
  })
  .superRefine((inputs, context) => {
    const issue = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message });
    /** Parses each line for its errors only. */
    const each = (name: string, given: string[], parse: (line: string, at: number) => unknown) => {
      for (const [at, line] of given.entries()) {
        try {
          parse(line, at + 1);
        } catch (error) {
          issue(name, error instanceof SeatrialError ? error.message : String(error));
          return;
        }
      }
    };
    each('queries', inputs.queries, parseNamed);
    each('metrics', inputs.metrics, parseNamed);
    each('thresholds', inputs.thresholds, (line, at) => parseThreshold(line, at, asksOf(inputs)));
    each('store-headers', inputs['store-headers'], parseStoreHeader);
    each('urls', inputs.urls, (line, at) => parseUrl(line, at, inputs.method));
    each('headers', inputs.headers, parseHeader);
    each('expect-json', inputs['expect-json'], parseJsonField);
    each('expect-status', [inputs['expect-status']], parseStatus);
    if (inputs.body !== undefined && !inputs.urls.some((line, i) => BODIED.includes(bodied(line, i, inputs.method))))
      issue('body', 'no url is asked by a method that has one; set method: POST.');
    if (Boolean(inputs['client-cert']) !== Boolean(inputs['client-key']))
      issue('client-cert', 'client-cert and client-key go together.');
    each('containers', inputs.containers, parseContainer);
    each('loki-queries', inputs['loki-queries'], parseSelector);
    each('ignore', inputs.ignore, parsePattern);
    try {
      parseFormat(inputs['log-format']);
    } catch (error) {
      issue('log-format', error instanceof SeatrialError ? error.message : String(error));
    }
    each('fail-on', failOn(inputs['fail-on']), (verdict) => {
      if (!VERDICTS.includes(verdict)) issue('fail-on', `"${verdict}" is not known; choose of ${VERDICTS.join(', ')}.`);
    });
    const fails = failOn(inputs['fail-on']);
    for (const verdict of ['inconclusive', 'error'] as const) {
      if (fails.includes(verdict) && inputs[`on-${verdict}`] === 'pass') {
        issue('fail-on', `"${verdict}" contradicts on-${verdict}: pass; choose one.`);
      }
    }
    if (fails.includes('none') && fails.length > 1) issue('fail-on', '"none" stands alone.');
    if (inputs.load !== undefined) each('load', [inputs.load], parseLoad);
    if (inputs.mode === 'load' && inputs.load === undefined)
      issue('load', 'mode load needs it: `50/s..500/s over 2m`.');
    if (inputs.mode === 'load' && inputs.urls.length === 0) issue('urls', 'mode load needs at least one.');
    if (inputs.mode !== 'load' && inputs.load !== undefined) issue('load', 'only mode load reads it; set mode: load.');
    if (inputs.mode === 'replay' && !inputs['replay-file']) issue('replay-file', 'mode replay needs it.');
    if (inputs.mode !== 'replay' && inputs['replay-file'])
      issue('replay-file', 'only mode replay reads it; set mode: replay.');
    if (inputs.deployment && inputs.containers.length > 0)
      issue('containers', 'the deployment names its containers; give one of the two.');
    if (inputs.baseline !== 'concurrent' && !inputs['baseline-file'] && inputs.mode !== 'baseline') {
      issue('baseline-file', `baseline: ${inputs.baseline} needs it.`);
    }
    for (const name of ['queries', 'loki-queries'] as const) {
      if (!inputs.deployment && inputs[name].some((line) => line.includes('$version')))
        issue(name, '$version is a release of the deployment; give one, or write the releases out.');
    }
    if (inputs['prometheus-url'] && inputs.queries.length === 0) issue('queries', 'prometheus-url needs at least one.');
    if (!inputs['prometheus-url'] && inputs.queries.length > 0) issue('prometheus-url', 'queries need it.');
    if (inputs['loki-url'] && inputs['loki-queries'].length === 0)
      issue('loki-queries', 'loki-url needs at least one.');
    if (!inputs['loki-url'] && inputs['loki-queries'].length > 0) issue('loki-url', 'loki-queries need it.');
    if (
      inputs.mode === 'watch' &&
      inputs.thresholds.length + inputs.urls.length === 0 &&
      !inputs.deployment &&
      inputs.containers.length === 0
    ) {
      issue('thresholds', 'mode watch needs something to hold: thresholds, urls, containers or a deployment.');
    }
    const { 'warm-up': warmUp, duration: longest } = inputs;
    if (warmUp !== undefined && longest !== undefined && warmUp >= longest) {
      issue('warm-up', 'it is as long as the duration, so that nothing would be judged.');
    }
  });

/** What the queries and metrics of the inputs ask for, by name. */
export function asksOf({
  queries,
  metrics,
}: {
  queries: string[];
  metrics: string[];
}): (name: string) => string | undefined {
  const named = new Map(
    [...queries, ...metrics].map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    }),
  );
  return (name) => named.get(name);
}

/** `fail-on` as given: one a line, or with commas. */
export const failOn = (given: string[]): string[] => given.flatMap((line) => line.split(/[,\s]+/)).filter(Boolean);

export type VerifyInputs = z.output<typeof schema>;

export const outputs = {
  verdict: 'pass, fail, inconclusive or error; error too when the step failed before there was a verdict.',
  reason: 'One sentence that says why, with the figures.',
  checks:
    'JSON array, a gate each: gate, state (pass, fail, open, skipped), old, new, ratio, e-values and what they must reach, samples, needed, note.',
  samples: 'Requests of the new version used when the verdict fell.',
  needed: 'When inconclusive, about how many samples are missing for a PASS if they are as the old version’s; else 0.',
  'time-to-verdict-ms': 'Stream time from the first new event to the verdict, milliseconds.',
  customers:
    'JSON: what users met of the new version until the verdict, by the edge and without our probes: requests, lost (answered 5xx or not at all) and seconds; empty when nothing was counted.',
  report: 'Path of the HTML report.',
  'report-json': 'Path of the same as JSON.',
  evidence: 'Path of the redacted log of the new version (the last 400 lines).',
  'baseline-file': 'Path of the baseline that mode baseline, or a PASS, wrote.',
  capacity: 'Of mode load: requests a second that the new version held within its thresholds.',
  'baseline-age-ms': 'How old the baseline was that this run compared with, milliseconds; empty when there was none.',
  'error-code': 'Empty when all is well, else the stable code of docs/errors.md.',
};
