// Stands in for protobufjs, which dockerode requires eagerly and Seatrial never uses (docs/decisions.md).
module.exports = {};
