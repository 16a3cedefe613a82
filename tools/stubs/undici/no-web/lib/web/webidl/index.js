// A bundle without fetch has no FormData of undici's to tell from others (docs/decisions.md).
exports.webidl = { is: { FormData: () => false } };
