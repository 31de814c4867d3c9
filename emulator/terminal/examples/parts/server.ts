// The insurance centre over HTTP on the loopback interface: JSON in, JSON out, one clear line for a refusal.

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import * as v from "valibot";
import { BureauError } from "../../../../personalization/errors.ts";
import type { Centre } from "./centre.ts";
import {
  BAD_REQUEST,
  CentreError,
  INTERNAL_ERROR,
  METHOD_NOT_ALLOWED,
  NOT_FOUND,
  TOO_LARGE,
} from "./centre-errors.ts";
import {
  Amount,
  CardNumber,
  hexOf,
  LoadReceiptSchema,
  ReceiptSchema,
  Terminal,
} from "./receipt.ts";

const HOST = "127.0.0.1";
const MOST_BYTES = 4096;
const REQUEST_MS = 5000;

const BillSchema = v.strictObject({ card: CardNumber, bill: Amount, balance: Amount });
const LoadSchema = v.strictObject({
  card: CardNumber,
  amount: v.pipe(Amount, v.minValue(1)),
  terminal: Terminal,
  balance: hexOf(4),
  number: hexOf(2),
  keyVersion: v.picklist([1, 2, 3]),
  random: hexOf(4),
  mac1: hexOf(4),
});
const LostSchema = v.strictObject({ card: CardNumber });

type Handler = (centre: Centre, body: unknown) => Promise<unknown>;

/** A handler that sees only what has the form that it expects. */
function taking<Schema extends v.GenericSchema>(
  schema: Schema,
  handle: (centre: Centre, input: v.InferOutput<Schema>) => unknown,
): Handler {
  return async (centre, body) => {
    const checked = v.safeParse(schema, body);
    if (checked.success) return handle(centre, checked.output);
    const [issue] = checked.issues;
    const path = v.getDotPath(issue) ?? "the request";
    // What came in is not repeated: it could be anything.
    throw new CentreError(BAD_REQUEST, `${path.slice(0, 40)} is missing, unknown or malformed`);
  };
}

const ROUTES: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  "/settlements": { POST: taking(BillSchema, (centre, bill) => centre.settle(bill)) },
  "/loads": { POST: taking(LoadSchema, (centre, load) => centre.load(load)) },
  "/loaded": { POST: taking(LoadReceiptSchema, (centre, receipt) => centre.loaded(receipt)) },
  "/receipts": { POST: taking(ReceiptSchema, (centre, receipt) => centre.bookReceipt(receipt)) },
  "/lost": {
    GET: async (centre) => ({ cards: centre.book.lost() }),
    POST: taking(LostSchema, (centre, { card }) => centre.reportLost(card)),
  },
};

/** A centre that is being served. */
export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves on 127.0.0.1, on a free port unless told another. */
export async function serve(centre: Centre, port = 0): Promise<Served> {
  const server = createServer((request, response) => {
    answer(centre, request)
      .catch(refusal)
      .then(([status, body]) => send(response, status, body));
  });
  server.requestTimeout = REQUEST_MS;
  server.listen(port, HOST);
  await once(server, "listening").catch(({ code = "?" }: NodeJS.ErrnoException) => {
    throw new BureauError(`${HOST}:${port}: cannot listen there (${code}); choose another port`);
  });
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function answer(centre: Centre, request: IncomingMessage): Promise<[number, unknown]> {
  const { method = "", url = "" } = request;
  const body = await bodyOf(request);
  if (!Object.hasOwn(ROUTES, url)) {
    throw new CentreError(NOT_FOUND, `there is ${Object.keys(ROUTES).join(", ")}`);
  }
  const methods = ROUTES[url]!;
  if (!Object.hasOwn(methods, method)) {
    throw new CentreError(METHOD_NOT_ALLOWED, `${url} takes ${Object.keys(methods).join(", ")}`);
  }
  return [200, await methods[method]!(centre, body)];
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MOST_BYTES) {
      throw new CentreError(TOO_LARGE, `a request has at most ${MOST_BYTES} bytes`);
    }
    parts.push(part);
  }
  if (length === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8"));
  } catch {
    throw new CentreError(BAD_REQUEST, "the request is no JSON");
  }
}

function refusal(error: unknown): [number, unknown] {
  if (error instanceof CentreError) return [error.status, { refused: error.message }];
  // Whoever asks is told nothing of what is wrong inside.
  return [INTERNAL_ERROR, { refused: "the centre cannot tell; try again later" }];
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(`${JSON.stringify(body)}\n`);
}
