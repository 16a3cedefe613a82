// Deploys with edge: none on a real Kubernetes, under traffic: what is lost by the plain Service, by an Ingress with
// ingress-nginx's annotations and by a Gateway's HTTPRoutes, of clients that keep their connections and of such that take a
// new one each time. Each way: blue-green, canary by steps (where shares can be), promote, rollback, again until so many were sent.
// What reads Ingresses and routes is Traefik, if a program of that name is given; without it only the Service is measured.
// Needs root, a Docker engine, dist/action-deploy and the Kubernetes binary (script/env.sh). The definitions of the Gateway API
// are those of Go's module cache (sigs.k8s.io/gateway-api), given as a folder.
// Usage: node bench/ways.ts [--requests 4000] [--rate 100] [--traefik PROGRAM --crds FOLDER] [--hasty] [--only service|ingress|gateway]
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { LookupFunction } from 'node:net';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runAction } from '../test/support/action.ts';
import { eventually } from '../test/support/daemon.ts';
import { APP_ARGS } from '../test/support/deploy-lab.ts';
import { EDGE_IMAGE, ensureImages, NODE_IMAGE } from '../test/support/images.ts';
import { Cluster } from '../test/support/kubernetes/cluster.ts';
import { type Counted, startTraffic } from '../test/support/traffic.ts';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '100' },
    requests: { type: 'string', default: '4000' },
    traefik: { type: 'string' },
    crds: { type: 'string' },
    hasty: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
});
const [rate, requests] = [Number(values.rate), Number(values.requests)];
/** `--hasty`: the app ends at once when it is told to, with what it has begun. */
const APP = values.hasty ? APP_ARGS.replace(/'SIGTERM',\(\)=>\{.*\}\)/, "'SIGTERM',()=>process.exit(0))") : APP_ARGS;
const NAMESPACE = 'sea';
const HOST = 'shop.example.com';
const PORT = 8000;

interface Way {
  name: string;
  inputs: Record<string, string>;
  url: string;
  shares: boolean;
}

interface Row {
  way: string;
  connections: string;
  requests: number;
  lost: number;
  reasons: string;
  versions: number;
}

/** What each command says of its switch, how long after its end another release still answered, and a candidate's share by users' answers. */
const switches: { way: string; command: string; saysMs: string; staleMs: number; share?: string }[] = [];
const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));

async function voyage({ name, inputs, url, shares }: Way, cluster: Cluster, kubeconfig: string): Promise<Row[]> {
  const seen: [atMs: number, version: string][] = [];
  /** Runs a command, then looks whom users meet; `serves` is the version they are to meet, if it is one. */
  const run = async (command: string, serves: string, more: Record<string, string> = {}) => {
    const target = { hosts: `kubernetes://lab/${NAMESPACE}`, kubeconfig, watch: '0s' };
    const { errors, outputs } = await runAction('deploy', { command, app: 'shop', ...target, ...more });
    if (errors.length) throw new Error(errors.join('\n'));
    const over = performance.now();
    if (!outputs['switch-ms'] || !seen.length) return;
    await sleep(4000);
    const after = seen.filter(([at]) => at > over);
    const pending = more.promote === 'manual';
    const late = pending ? undefined : after.findLast(([, version]) => version !== serves);
    const late4 = after.filter(([at]) => at > over + 500);
    const fresh = late4.filter(([, version]) => version === serves).length;
    switches.push({
      way: name,
      command: pending ? 'canary 20%' : command,
      saysMs: outputs['switch-ms'],
      staleMs: Math.round(late ? late[0] - over : 0),
      ...(pending ? { share: `${fresh} of ${late4.length}` } : {}),
    });
  };
  const gate = { 'health-path': '/healthz', 'health-interval': '200ms', 'healthy-after': '1' };
  const deploy = (version: string, more: Record<string, string> = {}) =>
    run('deploy', version, {
      ...{ ...inputs, ...gate, image: NODE_IMAGE, args: APP, port: '8080', replicas: '2', memory: '128m' },
      ...{ edge: 'none', 'stop-timeout': '2s', 'edge-image': EDGE_IMAGE, env: `VERSION=${version}` },
      ...more,
    });
  const lookup = ((_: string, { all }: { all?: boolean }, done: (error: null, ...found: unknown[]) => void) =>
    all
      ? done(null, [{ address: cluster.site.there, family: 4 }])
      : done(null, cluster.site.there, 4)) as LookupFunction;
  const unfit = (headers: Record<string, unknown>) => {
    seen.push([performance.now(), String(headers['x-version'])]);
    return undefined;
  };
  const clients = [true, false].map((reuse) => ({
    reuse,
    start: () => startTraffic(url, { rate: rate / 2, reuse, unfit, connect: { lookup } }),
  }));
  await deploy('v1');
  await eventually(`${name} answers`, async () => {
    const probe = startTraffic(url, { rate: 20, reuse: false, connect: { lookup } });
    await sleep(500);
    const { versions, lost } = await probe.stop();
    return (!lost && versions.get('v1')) || undefined;
  });
  const traffic = clients.map(({ start }) => start());
  const fewest = () => Math.min(...traffic.map(({ counted }) => counted.sent));
  for (let n = 2; fewest() < requests; n += 3) {
    await deploy(`v${n}`);
    if (shares) {
      await deploy(`v${n + 1}`, { strategy: 'canary', 'canary-steps': '10%:3s,50%:3s,100%' });
      await deploy(`v${n + 2}`, { strategy: 'canary', 'canary-weight': '20%', promote: 'manual' });
      await run('promote', `v${n + 2}`);
    } else {
      await deploy(`v${n + 1}`, { 'keep-warm': '0s', 'drain-timeout': '5s' });
    }
    // Back to the release before: of the three, or of the two.
    await run('rollback', shares ? `v${n + 1}` : `v${n}`);
  }
  const counts: Counted[] = await Promise.all(traffic.map((one) => one.stop()));
  await run('remove', '', { force: 'true' });
  return counts.map(({ sent, lost, errors5xx, reasons, versions }, i) => ({
    way: name,
    connections: clients[i]!.reuse ? 'kept' : 'new ones',
    requests: sent,
    lost: lost + errors5xx,
    reasons:
      [...reasons].map(([reason, n]) => `${n} x ${reason}`).join(', ') || (errors5xx ? `${errors5xx} x 5xx` : ''),
    versions: versions.size,
  }));
}

/** Traefik in the cluster's network, as a controller of both kinds; answers how to end it. */
async function startTraefik(cluster: Cluster, program: string, crds: string): Promise<() => void> {
  const { folder, netns, there } = cluster.site;
  const names = readdirSync(crds).filter((file) =>
    /_(gatewayclasses|gateways|httproutes|referencegrants|grpcroutes|listenersets|backendtlspolicies|tlsroutes)\.yaml$/.test(
      file,
    ),
  );
  for (const file of names)
    cluster.kubectl(['apply', '--server-side', '-f', '-'], readFileSync(join(crds, file), 'utf8'));
  cluster.kubectl(['wait', '--for=condition=Established', 'crd/httproutes.gateway.networking.k8s.io']);
  const objects = [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'nginx' },
      spec: { controller: 'k8s.io/ingress-nginx' },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: 'traefik' },
      spec: { controllerName: 'traefik.io/gateway-controller' },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'public', namespace: NAMESPACE },
      spec: { gatewayClassName: 'traefik', listeners: [{ name: 'web', protocol: 'HTTP', port: PORT }] },
    },
  ];
  cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  writeFileSync(join(folder, 'token'), cluster.token);
  const api = {
    endpoint: cluster.server,
    token: join(folder, 'token'),
    certAuthFilePath: join(folder, 'pki', 'ca.crt'),
  };
  const config = {
    entryPoints: { web: { address: `:${PORT}` } },
    providers: { kubernetesGateway: api, kubernetesIngressNGINX: { ...api, publishStatusAddress: [there] } },
    log: { level: 'INFO' },
    global: { checkNewVersion: false, sendAnonymousUsage: false },
  };
  writeFileSync(join(folder, 'traefik.yml'), JSON.stringify(config));
  const child = spawn(
    'nsenter',
    [`--net=/var/run/netns/${netns}`, program, `--configFile=${join(folder, 'traefik.yml')}`],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  return () => child.kill();
}

ensureImages('node', 'edge');
const cluster = await Cluster.start([NODE_IMAGE, EDGE_IMAGE]);
let stop = () => undefined as unknown;
try {
  cluster.kubectl(['create', 'namespace', NAMESPACE]);
  // All runs are those of an account that may do what the documentation says, and nothing else.
  cluster.kubectl(['-n', NAMESPACE, 'apply', '-f', '-'], readFileSync('docs/kubernetes-role.yaml', 'utf8'));
  const [name, account] = ['seatrial-classes', `${NAMESPACE}:seatrial`];
  const classes = ['--verb', 'get', '--resource', 'ingressclasses.networking.k8s.io'];
  cluster.kubectl(['create', 'clusterrole', name, ...classes]);
  cluster.kubectl(['create', 'clusterrolebinding', name, '--clusterrole', name, '--serviceaccount', account]);
  const token = cluster.kubectl(['-n', NAMESPACE, 'create', 'token', 'seatrial', '--duration', '4h']);
  const kubeconfig = cluster.kubeconfig({ token });
  const named = { domains: HOST, tls: 'off' };
  const url = `http://${HOST}:${PORT}/`;
  const ways: Way[] = [
    { name: 'service', inputs: { publish: '30080' }, url: `http://${HOST}:30080/`, shares: false },
    { name: 'ingress', inputs: { ...named, 'ingress-class': 'nginx' }, url, shares: true },
    { name: 'gateway', inputs: { ...named, gateway: 'public' }, url, shares: true },
  ];
  if (values.traefik) stop = await startTraefik(cluster, values.traefik, values.crds ?? '');
  const rows: Row[] = [];
  for (const way of ways.filter(
    ({ name, shares }) => (!values.only || values.only === name) && (!shares || values.traefik),
  )) {
    rows.push(...(await voyage(way, cluster, kubeconfig)));
  }
  console.log(`${rate / 2} requests a second of each kind of client; load ${loadavg()[0]!.toFixed(1)}`);
  console.table(rows);
  console.table(switches);
} finally {
  stop();
  await cluster.stop();
}
