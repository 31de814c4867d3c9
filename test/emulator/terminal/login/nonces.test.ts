import { suite } from "uvu";
import * as assert from "uvu/assert";
import { NONCE_BYTES, Nonces } from "../../../../emulator/terminal/login/nonces.ts";

const LIFETIME_MS = 1000;
const NOW = new Date("2026-03-01T08:00:00.123Z");
const after = (ms: number) => new Date(NOW.getTime() + ms);
const tests = suite("nonces");

tests("each is another, and says when it was given", () => {
  const nonces = new Nonces(LIFETIME_MS);
  const [one, other] = [nonces.give(NOW), nonces.give(NOW)];
  assert.is.not(one, other);
  assert.match(one, new RegExp(`^[0-9A-F]{${2 * NONCE_BYTES}}$`));
  assert.equal(nonces.givenAt(one), NOW);
  assert.is(nonces.kept, 0);
});

tests("one that was altered anywhere, or is another process's, was never given", () => {
  const nonces = new Nonces(LIFETIME_MS);
  const nonce = nonces.give(NOW);
  for (let at = 0; at < nonce.length; at++) {
    const digit = nonce[at] === "0" ? "1" : "0";
    const altered = nonce.slice(0, at) + digit + nonce.slice(at + 1);
    assert.is(nonces.givenAt(altered), undefined, `digit ${at}`);
  }
  for (const wrong of ["", nonce.slice(2), `${nonce}00`, new Nonces(LIFETIME_MS).give(NOW)]) {
    assert.is(nonces.givenAt(wrong), undefined);
  }
});

tests("one is used once, and kept no longer than it would be good", () => {
  const nonces = new Nonces(LIFETIME_MS);
  const given = Array.from({ length: 5 }, () => nonces.give(NOW));
  for (const nonce of given) assert.ok(nonces.use(nonce, NOW));
  for (const nonce of given) assert.not.ok(nonces.use(nonce, after(LIFETIME_MS)));
  assert.is(nonces.kept, given.length);
  assert.not.ok(nonces.isLate(NOW, after(LIFETIME_MS)));
  const late = after(LIFETIME_MS + 1);
  assert.ok(nonces.isLate(NOW, late));
  assert.ok(nonces.use(nonces.give(late), late));
  assert.is(nonces.kept, 1);
});

tests("a clock that goes back makes nothing good again", () => {
  const nonces = new Nonces(LIFETIME_MS);
  const first = nonces.give(NOW);
  assert.ok(nonces.use(first, NOW));
  nonces.use(nonces.give(after(5000)), after(5000));
  assert.ok(nonces.isLate(NOW, NOW));
  assert.not.ok(nonces.use(first, NOW), "it is not kept any more, and no use");
});

tests.run();
