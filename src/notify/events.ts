export const EVENTS = ['start', 'success', 'failure', 'rollback', 'alert', 'recovered', 'drill'] as const;
export type Event = (typeof EVENTS)[number];

export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Events that follow a mishap: they ring even where an earlier message could be edited in silence. */
export const isMishap = (event: Event): boolean => event === 'failure' || event === 'rollback' || event === 'alert';
