// Stands in for @grpc/grpc-js, which dockerode requires eagerly and Seatrial never uses (docs/decisions.md).
module.exports = {};
