// One parser in place of two: the one without SIMD runs on every CPU (docs/decisions.md).
module.exports = require('./llhttp-wasm.js');
