// Stands in for ssh2, which dockerode requires eagerly and Seatrial never uses (docs/decisions.md).
exports.Client = function Client() {
  throw new Error('ssh goes through the ssh command, not through ssh2');
};
