import * as f from '../../lib/fields.ts';

/** What has a meaning on Kubernetes alone. */
export const cluster = {
  manifests: f.text(
    'On Kubernetes: a file or folder of plain YAML (or the output of kustomize or helm template) the release is made from instead of env, volumes, memory and the like. Ours in there are the image, the labels and the number of pods of the one Deployment that runs the image, or that service names.',
  ),
  'ingress-class': f.text(
    "On Kubernetes, with domains: an Ingress of this class leads them to the app, e.g. nginx, traefik, alb. Certificates are the cluster's: with tls: auto the Ingress names the Secret <app>-tls.",
  ),
  gateway: f.text(
    "On Kubernetes, with domains: an HTTPRoute leads them from this Gateway to the app: name, or namespace/name. Certificates are those of the Gateway's listeners.",
  ),
  'domain-annotations': f.pairs(
    'On Kubernetes: annotations of the Ingress or HTTPRoute of domains, one NAME=value a line, e.g. cert-manager.io/cluster-issuer=letsencrypt.',
  ),
};
