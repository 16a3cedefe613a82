import { join } from 'node:path';

/** A node's place: its folder, its network namespace and the addresses of the two ends of its cable. */
export interface Site {
  name: string;
  folder: string;
  netns: string;
  /** Of the machine (the first node's cable) or of the first node (others'), and of the node itself, which NodePorts are reached at. */
  here: string;
  there: string;
  /** Its pods' addresses, `10.244.0.0/24`. */
  pods: string;
  /** Its own branch of the cgroups, so that a kubelet never takes another's pods for its orphans. */
  cgroup: string;
}

const PAUSE = 'seatrial.local/pause:1';

export { PAUSE };

/** Files the parts of a node read, by name. */
export function files({ folder, there, cgroup, pods }: Site): Record<string, string> {
  const own = (name: string) => join(folder, name);
  return {
    'containerd.toml': `version = 2
root = "${own('containerd')}"
state = "${own('containerd-state')}"
[grpc]
  address = "${own('containerd.sock')}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE}"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  disable_tcp_service = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "${own('cni')}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${own('opt')}"
`,
    // A cable to each pod, and no bridge: what a bridge lets pass by the machine's settings is then of no matter.
    'cni/10-pods.conflist': JSON.stringify({
      cniVersion: '0.4.0',
      name: 'pods',
      plugins: [
        {
          type: 'ptp',
          mtu: 1500,
          ipam: {
            type: 'host-local',
            dataDir: own('ipam'),
            ranges: [[{ subnet: pods }]],
            routes: [{ dst: '0.0.0.0/0' }],
          },
        },
      ],
    }),
    'kubelet.json': JSON.stringify({
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
      authorization: { mode: 'AlwaysAllow' },
      cgroupDriver: 'cgroupfs',
      cgroupRoot: `/${cgroup}`,
      failCgroupV1: false,
      failSwapOn: false,
      enforceNodeAllocatable: [],
      containerRuntimeEndpoint: `unix://${own('containerd.sock')}`,
      address: there,
      clusterDNS: ['10.96.0.10'],
      evictionHard: { 'nodefs.available': '1Mi', 'imagefs.available': '1Mi', 'memory.available': '1Mi' },
      imageGCHighThresholdPercent: 100,
      volumePluginDir: own('volume-plugins'),
      resolvConf: own('resolv.conf'),
      logging: { verbosity: 1 },
    }),
    'resolv.conf': 'nameserver 10.96.0.10\n',
    'proxy.json': JSON.stringify({
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      mode: 'iptables',
      bindAddress: there,
      clusterCIDR: '10.244.0.0/16',
      clientConnection: { kubeconfig: own('admin.conf') },
      conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
      iptables: { minSyncPeriod: '100ms', syncPeriod: '30s' },
    }),
  };
}

/** A kubeconfig of one context, `name`. */
export function kubeconfig(name: string, server: string, ca: string, user: object, namespace?: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    contexts: [{ name, context: { cluster: name, user: name, ...(namespace ? { namespace } : {}) } }],
    clusters: [{ name, cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name, user }],
  });
}

type Part = [part: string, ...args: string[]];

/** What a cluster has besides on demand: controllers that none of the suite's own tests needs. */
export const MORE_CONTROLLERS =
  'horizontal-pod-autoscaler-controller,persistentvolume-binder-controller,pod-garbage-collector-controller,taint-eviction-controller';

/** Command lines of what rules the cluster, in the order they are started. */
export function rulers({ folder, there }: Site, more: string): Part[] {
  const own = (name: string) => join(folder, name);
  const pki = (name: string) => own(`pki/${name}`);
  const config = `--kubeconfig=${own('admin.conf')}`;
  return [
    [
      'etcd',
      `--data-dir=${own('etcd')}`,
      '--unsafe-no-fsync',
      '--listen-client-urls=http://127.0.0.1:2379',
      '--advertise-client-urls=http://127.0.0.1:2379',
      '--listen-peer-urls=http://127.0.0.1:2380',
      '--log-level=error',
    ],
    [
      'kube-apiserver',
      '--etcd-servers=http://127.0.0.1:2379',
      `--advertise-address=${there}`,
      '--bind-address=0.0.0.0',
      '--secure-port=6443',
      `--tls-cert-file=${pki('server.crt')}`,
      `--tls-private-key-file=${pki('server.key')}`,
      `--client-ca-file=${pki('ca.crt')}`,
      `--token-auth-file=${own('tokens.csv')}`,
      `--service-account-key-file=${pki('server.key')}`,
      `--service-account-signing-key-file=${pki('server.key')}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--authorization-mode=Node,RBAC',
      '--allow-privileged=true',
      '--kubelet-preferred-address-types=InternalIP',
      '--enable-priority-and-fairness=false',
      '--v=1',
    ],
    [
      'kube-controller-manager',
      config,
      `--service-account-private-key-file=${pki('server.key')}`,
      '--leader-elect=false',
      '--use-service-account-credentials=false',
      '--controllers=deployment-controller,replicaset-controller,endpointslice-controller,endpoints-controller,job-controller,serviceaccount-controller,namespace-controller,garbage-collector-controller,resourcequota-controller,disruption-controller,ttl-after-finished-controller,node-lifecycle-controller' +
        (more && `,${more}`),
      '--bind-address=127.0.0.1',
      '--v=1',
    ],
    ['kube-scheduler', config, '--leader-elect=false', '--bind-address=127.0.0.1', '--v=1'],
  ];
}

/** Command lines of what a node runs beside containerd. */
export function workers({ name, folder, there }: Site): Part[] {
  const own = (file: string) => join(folder, file);
  const config = `--kubeconfig=${own('admin.conf')}`;
  return [
    [
      'kubelet',
      config,
      `--config=${own('kubelet.json')}`,
      `--root-dir=${own('kubelet')}`,
      `--cert-dir=${own('kubelet-pki')}`,
      `--hostname-override=${name}`,
      `--node-ip=${there}`,
      '--v=1',
    ],
    ['kube-proxy', `--config=${own('proxy.json')}`, `--hostname-override=${name}`, '--v=1'],
  ];
}
