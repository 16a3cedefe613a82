// Stands in for undici's experimental second parser, which only UNDICI_USE_MILO switches on (docs/decisions.md).
exports.getMiloEnabled = () => false;
