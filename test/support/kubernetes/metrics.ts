import { request as ask, createServer, type Server } from 'node:https';
import type { Cluster } from './cluster.ts';

interface Summary {
  pods: {
    podRef: { name: string; namespace: string };
    containers?: { name: string; cpu?: { usageNanoCores?: number }; memory?: { workingSetBytes?: number } }[];
  }[];
}

/** What a kubelet measures, https://kubernetes.io/docs/reference/instrumentation/node-metrics/ */
const summaryOf = (address: string): Promise<Summary> =>
  new Promise((resolve, reject) => {
    const options = { host: address, port: 10_250, path: '/stats/summary', rejectUnauthorized: false };
    ask(options, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk)).on('end', () => resolve(JSON.parse(text)));
    })
      .on('error', reject)
      .end();
  });

/**
 * metrics.k8s.io for a cluster of ours, as far as action-verify and an autoscaler ask: pods of a namespace by labels, with
 * what the kubelets of all nodes measure now. Stands where metrics-server would, behind an APIService.
 */
export async function serveMetrics(cluster: Cluster): Promise<Server> {
  const server = createServer(
    { key: cluster.pki('server.key'), cert: cluster.pki('server.crt') },
    async (asked, answer) => {
      const url = new URL(asked.url ?? '/', 'https://x');
      const end = (body: object) => {
        answer.writeHead(200, { 'content-type': 'application/json' });
        answer.end(JSON.stringify(body));
      };
      const root = { apiVersion: 'metrics.k8s.io/v1beta1' };
      const namespace = /\/namespaces\/([^/]+)\/pods$/.exec(url.pathname)?.[1];
      if (!namespace) {
        const pods = { name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] };
        return end({ kind: 'APIResourceList', apiVersion: 'v1', groupVersion: root.apiVersion, resources: [pods] });
      }
      const selector = url.searchParams.get('labelSelector') ?? '';
      const wanted = new Set(
        cluster
          .kubectl(['--namespace', namespace, 'get', 'pods', '--selector', selector, '--output', 'name'])
          .split('\n'),
      );
      // A node that is gone measures nothing.
      const all = await Promise.allSettled(cluster.nodes.map(({ site }) => summaryOf(site.there)));
      const items = all
        .flatMap((one) => (one.status === 'fulfilled' ? one.value.pods : []))
        .filter(({ podRef }) => podRef.namespace === namespace && wanted.has(`pod/${podRef.name}`))
        .map(({ podRef, containers = [] }) => ({
          metadata: podRef,
          timestamp: new Date().toISOString(),
          window: '15s',
          containers: containers.map(({ name, cpu, memory }) => ({
            name,
            usage: {
              cpu: `${cpu?.usageNanoCores ?? 0}n`,
              memory: `${Math.round((memory?.workingSetBytes ?? 0) / 1024)}Ki`,
            },
          })),
        }));
      end({ ...root, kind: 'PodMetricsList', metadata: {}, items });
    },
  );
  await new Promise<void>((done) => server.listen(0, cluster.site.here, done));
  const { port } = server.address() as { port: number };
  const name = 'metrics';
  const objects = [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'kube-system' },
      spec: { ports: [{ port: 443, targetPort: port }] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, namespace: 'kube-system', labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [cluster.site.here], conditions: { ready: true } }],
      ports: [{ name: '', port, protocol: 'TCP' }],
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1beta1.metrics.k8s.io' },
      spec: {
        service: { name, namespace: 'kube-system' },
        group: 'metrics.k8s.io',
        version: 'v1beta1',
        insecureSkipTLSVerify: true,
        groupPriorityMinimum: 100,
        versionPriority: 100,
      },
    },
  ];
  for (const object of objects) cluster.kubectl(['apply', '--filename', '-'], JSON.stringify(object));
  return server;
}
