// `helm test`: asks every address of the Service NAME for /readyz on PORT. Exit code 1 where one of them is not ready.
const { lookup } = require('node:dns/promises');
const { get } = require('node:http');

const [name, port] = process.argv.slice(-2);

function ask(host) {
  return new Promise((done) => {
    const request = get({ host, port, path: '/readyz', timeout: 10_000 }, async (answer) => {
      const parts = [];
      for await (const part of answer) parts.push(part);
      done({ ready: answer.statusCode === 200, says: `${answer.statusCode} ${Buffer.concat(parts)}` });
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 10 s')));
    request.on('error', ({ message }) => done({ ready: false, says: message }));
  });
}

async function main() {
  const addresses = (await lookup(name, { all: true })).map(({ address }) => address);
  const answers = await Promise.all(addresses.map(ask));
  answers.forEach(({ ready, says }, i) => {
    console.log(`${ready ? 'ready' : 'NOT READY'}  ${addresses[i]}  ${says}`);
  });
  process.exitCode = answers.length > 0 && answers.every(({ ready }) => ready) ? 0 : 1;
}

main().catch(({ message }) => {
  console.log(`Cannot ask ${name}: ${message}`);
  process.exitCode = 1;
});
