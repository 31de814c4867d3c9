// What a terminal takes from a service that means it no good.

import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { askForChallenge, handIn, serve } from "../../../../emulator/terminal/login/loopback.ts";
import { LoginError, originOf } from "../../../../emulator/terminal/login/protocol.ts";
import { LoginService } from "../../../../emulator/terminal/login/service.ts";

const CHALLENGE = { service: "s", nonce: "5A".repeat(32), time: "2026-03-01T08:00:00.000Z" };
const LOGIN = { service: "s", card: "W1", organization: "o", serial: "0A", time: CHALLENGE.time };
const ANSWER = { origin: "", nonce: CHALLENGE.nonce, certificate: "AAAA", signature: "" };
/** More than any answer of a service. */
const LONG = 16_384;
const STEERING = ["\u001b[2J", "\u009b", "\u202e", "\n", "\u2028"];

type Act = (response: ServerResponse) => void;

/** What the terminal makes of a service that does this, whatever it is asked. */
async function meet<T>(act: Act, ask: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    request.resume();
    act(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function saying(body: unknown, status = 200): Act {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
}

async function refused(asked: Promise<unknown>, reason: RegExp): Promise<void> {
  const error = await asked.then(
    (taken) => new Error(`taken: ${JSON.stringify(taken)}`),
    (caught: Error) => caught,
  );
  assert.instance(error, LoginError, error.message);
  assert.match(error.message, reason);
}

const enter = (url: string) => handIn(url, ANSWER);
const tests = suite("a hostile service");

tests("what is well said is taken", async () => {
  assert.equal(await meet(saying(CHALLENGE), askForChallenge), CHALLENGE);
  assert.equal(await meet(saying(LOGIN), enter), LOGIN);
  await refused(meet(saying({ refused: "为什么" }, 403), enter), /^为什么$/);
});

tests("a challenge or a login of another form is none", async () => {
  const none = /^http:.*: answered 200, no login service$/;
  for (const body of [null, 1, [], {}, "x", { ...CHALLENGE, more: 1 }]) {
    await refused(meet(saying(body), askForChallenge), none);
    await refused(meet(saying(body), enter), none);
  }
  const wrong = [{ nonce: "00" }, { nonce: 1 }, { time: "now" }, { time: "2026-03-01" }];
  for (const change of [...wrong, { service: "x".repeat(201) }]) {
    await refused(meet(saying({ ...CHALLENGE, ...change }), askForChallenge), none);
  }
});

tests("no character that steers a terminal is taken", async () => {
  for (const steering of STEERING) {
    const none = /^http:[^\p{Cc}]*: answered \d+, no login service$/u;
    const service = `s${steering}`;
    await refused(meet(saying({ ...CHALLENGE, service }), askForChallenge), none);
    for (const field of Object.keys(LOGIN)) {
      await refused(meet(saying({ ...LOGIN, [field]: steering }), enter), none);
    }
    await refused(meet(saying({ refused: steering }, 403), enter), none);
  }
  await refused(meet(saying(null, 403), enter), /answered 403/);
});

tests("an answer that is long is not waited for, and one elsewhere is not followed", async () => {
  let sent = 0;
  const endless: Act = (response) => {
    const part = Buffer.alloc(1 << 16, 0x20);
    const more = () => {
      do sent += part.length;
      while (response.write(part));
      response.once("drain", more);
    };
    more();
  };
  await refused(meet(endless, askForChallenge), /no login service/);
  assert.ok(sent < 1 << 24, `${sent} bytes were sent`);
  const padded: Act = (response) => response.end(JSON.stringify(CHALLENGE).padEnd(LONG + 1));
  await refused(meet(padded, askForChallenge), /no login service/);
  const served = await serve(new LoginService("s", () => Promise.reject(new Error("unused"))));
  const elsewhere: Act = (response) => {
    response.writeHead(307, { location: `${served.url}/challenge` }).end();
  };
  const asked = meet(elsewhere, askForChallenge).finally(() => served.close());
  await refused(asked, /answered 307/);
});

tests("an address is scheme, host and port, and nothing more", async () => {
  assert.is(originOf("http://LOCALHOST:80/"), "http://localhost");
  assert.is(originOf("https://example.invalid:8443"), "https://example.invalid:8443");
  const hidden = ["http://user@h", "http://h/path", "http://h/?q", "http://h#f"];
  for (const wrong of ["no url", "", "file:///etc", "127.0.0.1:80", ...hidden]) {
    await refused(askForChallenge(wrong), /is no address of a service; give one like http:/);
    assert.throws(() => originOf(wrong), /is no address of a service/);
  }
});

tests("a service has a name that can be shown", () => {
  for (const name of ["", "x".repeat(201), ...STEERING]) {
    assert.throws(
      () => new LoginService(name, () => Promise.reject(new Error("unused"))),
      /a service's name has 1 to 200 characters/,
    );
  }
});

tests.run();
