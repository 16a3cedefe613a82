/** Names of what an app owns on a Swarm. */
export const networkName = (app: string) => `${app}-net`;
/** The network that only edges and the run itself are in: HAProxy's admin socket asks nobody for a password. */
export const adminNetworkName = (app: string) => `${app}-admin`;
export const edgeName = (app: string) => `${app}-edge`;
export const lockName = (app: string) => `${app}-lock`;
export const serviceName = (app: string, release: string) => `${app}-${release}`;
/** What Docker's DNS calls the tasks of a release, each with its own address. */
export const tasksName = (app: string, release: string) => `tasks.${serviceName(app, release)}`;
/** The history is written as a new config each time: one can't be changed. */
export const historyName = (app: string, rev: number) => `${app}-seatrial-${rev}`;
