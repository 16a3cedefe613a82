// Stands in for a part of undici that no action uses (docs/decisions.md).
module.exports = class {
  constructor() {
    throw new Error('this part of undici is not in the bundle');
  }
};
