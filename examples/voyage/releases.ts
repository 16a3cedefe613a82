/** What is planned for each release, and what has to become of it. */
export interface Planned {
  name: string;
  /** The fault it carries, in a few words. */
  about: string;
  buildArgs: string[];
  target?: string;
  /** How long it may take to get healthy. */
  deployTimeout?: string;
  expected: 'good' | 'rolled back' | 'blocked' | 'never served';
}

export const releases: Planned[] = [
  { name: 'release 1', about: 'good', buildArgs: ['SHOP_VERSION=1'], expected: 'good' },
  {
    name: 'release 2',
    about: '30 % of payments fail',
    // Its error lines carry a buyer's name, phone, card and address: none of it may be seen anywhere afterwards.
    buildArgs: ['SHOP_VERSION=2', 'FAULT_ERRORS=30%', 'FAULT_LOG_BUYER=true'],
    expected: 'rolled back',
  },
  {
    name: 'release 3',
    about: 'a package with a known vulnerability',
    buildArgs: ['SHOP_VERSION=3'],
    target: 'vulnerable',
    expected: 'blocked',
  },
  {
    name: 'release 4',
    about: 'never gets healthy',
    buildArgs: ['SHOP_VERSION=4', 'FAULT_NEVER_HEALTHY=true'],
    deployTimeout: '12s',
    expected: 'never served',
  },
];
