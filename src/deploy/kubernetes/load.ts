/** What takes time to load, in one piece of the bundle. */
export { Api } from '../../lib/kubernetes/api.ts';
export { accessTo } from '../../lib/kubernetes/in-cluster.ts';
export { Wire } from '../../lib/kubernetes/wire.ts';
export { KubernetesTarget } from './target.ts';
