// A plugin of bcoin, which has no ZMQ of its own: tells each new tip to `publisher.py`, which publishes it as Bitcoin Core does.
// BASELOAD_PYTHON is a Python with pyzmq, BASELOAD_ZMQ_PORT where to publish.
'use strict';

const {spawn} = require('child_process');

exports.id = 'tips';

exports.init = (node) => {
  const {BASELOAD_PYTHON, BASELOAD_ZMQ_PORT} = process.env;
  const publisher = spawn(BASELOAD_PYTHON, [`${__dirname}/publisher.py`, BASELOAD_ZMQ_PORT], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  let number = 0;
  node.on('connect', (entry) => publisher.stdin.write(`${entry.rhash()} ${number++}\n`));
  return {};
};
