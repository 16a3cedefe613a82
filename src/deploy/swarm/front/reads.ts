/** What a service of the front reads. */
export interface DoorFile {
  /** Where it is read. */
  path: string;
  content: string;
}

/** The same, or a secret, as the Swarm has it. */
export interface Placed {
  path: string;
  id: string;
  object: string;
}

/** Pure: of a container, which objects of the Swarm it finds where. */
export function reading(files: readonly Placed[], secrets: readonly Placed[]) {
  const file = (Name: string, Mode: number) => ({ Name, UID: '0', GID: '0', Mode });
  return {
    Configs: files.map(({ path, id, object }) => ({ ConfigID: id, ConfigName: object, File: file(path, 0o444) })),
    Secrets: secrets.map(({ path, id, object }) => ({ SecretID: id, SecretName: object, File: file(path, 0o400) })),
  };
}
