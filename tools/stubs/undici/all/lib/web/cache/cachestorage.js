// Stands in for the Cache API of undici, which its index creates at once and no action uses (docs/decisions.md).
exports.CacheStorage = class {};
