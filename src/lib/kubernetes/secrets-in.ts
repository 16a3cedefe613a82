/** Keys of a kubeconfig whose value is to be seen by nobody; of an exec plugin's variables any may be one. */
const SECRET =
  /["']?\b(?:token|password|client-key-data|id-token|refresh-token|access-token|client-secret|value)["']?\s*:\s*["']?([^\s"',}\]]{6,})/g;

/** The credentials in a kubeconfig's text. Its other lines stand in many a log, and hidden they would cut it to pieces. */
export const credentialsIn = (kubeconfig: string): string[] => [
  ...new Set([...kubeconfig.matchAll(SECRET)].map(([, value]) => value!)),
];
