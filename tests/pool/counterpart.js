// A real pool (npm stratum-pool-sha256) on a real node (npm bcoin, regtest), on loopback only.
//
// usage: node counterpart.js MODULES_FOLDER DATA_FOLDER DIFFICULTY
//
// Between pool and node stands an adapter: it passes everything on, save that templates get the target of difficulty 1.
// On regtest every other hash would be a block, and this pool judges a share as such only below a block's difficulty.
//
// Says `@ready PORT`, and `@share {..}` for each share that it judged. Ends, and the node with it, when its input ends.
'use strict';
const { spawn } = require('child_process');
const http = require('http');
const net = require('net');
const path = require('path');

const [modules, data, difficulty] = process.argv.slice(2);
const KEY = 'counterpart';
let node;
let ending = false;

function end(code) {
    ending = true;
    if (node) node.kill('SIGKILL');
    process.exit(code);
}

function freePort() {
    return new Promise((done) => {
        const server = net.createServer().listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            server.close(() => done(port));
        });
    });
}

function post(port, body) {
    return new Promise((done, failed) => {
        const request = http.request({
            host: '127.0.0.1', port, method: 'POST', auth: `x:${KEY}`,
            headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) },
        }, (response) => {
            let text = '';
            response.on('data', (part) => { text += part; });
            response.on('end', () => done(text));
        });
        request.on('error', failed);
        request.end(body);
    });
}

async function startNode() {
    const port = await freePort();
    node = spawn(process.execPath, [
        path.join(modules, 'bcoin', 'bin', 'node'), '--network=regtest', `--prefix=${data}`, '--memory=true',
        '--http-host=127.0.0.1', `--http-port=${port}`, `--api-key=${KEY}`, '--listen=false', '--max-outbound=1',
        '--only=127.0.0.1:9', '--no-wallet=true', '--workers=false',
    ], { env: { ...process.env, NODE_BACKEND: 'js' }, stdio: 'ignore' });
    node.on('exit', () => { if (!ending) end(1); });
    for (let tries = 0; tries < 600; tries += 1) {
        try {
            const answer = JSON.parse(await post(port, '{"method":"getblockcount","params":[],"id":1}'));
            if (answer.error === null) return port;
        } catch (error) {
            // Not up yet.
        }
        await new Promise((done) => { setTimeout(done, 100); });
    }
    throw new Error('the node does not answer');
}

function harder(answer) {
    if (answer.result && answer.result.previousblockhash && answer.result.bits) {
        answer.result.bits = '1d00ffff';
        answer.result.target = `00000000ffff${'0'.repeat(52)}`;
    }
    return answer;
}

async function startAdapter(nodePort) {
    const server = http.createServer((request, response) => {
        let body = '';
        request.on('data', (part) => { body += part; });
        request.on('end', async () => {
            try {
                const answer = JSON.parse(await post(nodePort, body));
                const changed = Array.isArray(answer) ? answer.map(harder) : harder(answer);
                response.end(JSON.stringify(changed));
            } catch (error) {
                response.statusCode = 500;
                response.end('{}');
            }
        });
    });
    await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
    return server.address().port;
}

async function main() {
    const rpc = await startAdapter(await startNode());
    const port = await freePort();
    const Stratum = require(path.join(modules, 'stratum-pool-sha256'));
    const pool = Stratum.createPool({
        coin: { name: 'Bitcoin', symbol: 'BTC', algorithm: 'sha256', hasGetInfo: false },
        address: 'R9vME8mUyeranLhysQr1Yzpqj5taHW4Ubu',
        rewardRecipients: {},
        blockRefreshInterval: 0,
        jobRebroadcastTimeout: 2,
        connectionTimeout: 600,
        emitInvalidBlockHashes: false,
        tcpProxyProtocol: false,
        banning: { enabled: false },
        ports: { [port]: { diff: Number(difficulty) } },
        daemons: [{ host: '127.0.0.1', port: rpc, user: 'x', password: KEY }],
        p2p: { enabled: false },
    }, (ip, local, worker, password, callback) => {
        callback({ error: null, authorized: worker === 'us.one' && password === 'secret of us.one', disconnect: false });
    });
    pool.on('share', (isValid, isBlock, share) => {
        process.stdout.write(`@share ${JSON.stringify({ valid: isValid, block: isBlock, error: share.error })}\n`);
    });
    pool.on('log', (severity, text) => process.stdout.write(`${severity}: ${text}\n`));
    pool.on('started', () => process.stdout.write(`@ready ${port}\n`));
    pool.start();
}

process.stdin.on('end', () => end(0));
process.stdin.resume();
process.on('SIGTERM', () => end(0));
main().catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    end(1);
});
