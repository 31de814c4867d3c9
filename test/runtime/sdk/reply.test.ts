// The writer of replies: what does not fit is no shorter reply but a status word.

import { readFileSync } from "node:fs";
import { suite } from "uvu";
import { SW_WRONG_LENGTH } from "../../../runtime/spec/status-words.ts";
import { answers, apdu, refuse } from "../../helpers/card.ts";
import { cardOf } from "./applet-card.ts";

// Instructions of replies.card.ts.
const INS_FIELDS = 0x10;
const INS_VALUE = 0x12;
const INS_BYTES = 0x14;
const INS_LATE = 0x16;

const reply = suite("SDK: replies");

const card = await cardOf(readFileSync(new URL("replies.card.ts", import.meta.url), "utf8"));
const ask = (ins: number, count: number, length = 0) => apdu(0x00, ins, count, length, "", 0);
const field = (length: number) => `80${length.toString(16).padStart(2, "0")}${"00".repeat(length)}`;

reply("of 128 bytes are sent whole", () => {
  answers(card, ask(INS_FIELDS, 9, 12), `707e${field(12).repeat(9)}`);
  answers(card, ask(INS_VALUE, 9, 12), field(12).repeat(9));
  const all = Array.from({ length: 128 }, (_, n) => n.toString(16).padStart(2, "0")).join("");
  answers(card, ask(INS_BYTES, 128), all);
});

reply("of a byte more answer 6700, wherever it did not fit", () => {
  refuse(card, ask(INS_FIELDS, 9, 13), SW_WRONG_LENGTH);
  refuse(card, ask(INS_VALUE, 9, 13), SW_WRONG_LENGTH);
  refuse(card, ask(INS_BYTES, 129), SW_WRONG_LENGTH);
  refuse(card, ask(INS_FIELDS, 20, 10), SW_WRONG_LENGTH);
});

reply("that lack something answer 6700, though what came later would fit", () => {
  refuse(card, ask(INS_LATE, 129, 1), SW_WRONG_LENGTH);
  refuse(card, ask(INS_LATE, 128, 0), SW_WRONG_LENGTH);
  answers(card, ask(INS_LATE, 125, 1), `${"00".repeat(125)}${field(1)}`);
});

reply("begin anew after one that did not fit", () => {
  refuse(card, ask(INS_FIELDS, 64), SW_WRONG_LENGTH);
  answers(card, ask(INS_FIELDS, 1, 2), `7004${field(2)}`);
});

reply.run();
