/** A share as people and readers of outputs know it: 0.25 is 25, to one place. */
export const percent = (share: number): number => Math.round(share * 1000) / 10;
