// Preloaded by --import: this process's wall clock is CLOCK_SHIFT_MS off. Its monotonic clock is not, as in real life.
const shift = Number(process.env.CLOCK_SHIFT_MS);
const Real = Date;
globalThis.Date = class extends Real {
  constructor(...given) {
    if (given.length) super(...given);
    else super(Real.now() + shift);
  }
  static now() {
    return Real.now() + shift;
  }
};
