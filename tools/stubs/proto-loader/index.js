// Stands in for @grpc/proto-loader, which dockerode requires eagerly and Seatrial never uses (docs/decisions.md).
module.exports = {};
